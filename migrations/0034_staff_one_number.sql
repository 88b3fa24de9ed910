-- An employee's number is the same however it was typed: from now on it is kept in capitals.
UPDATE staff_people SET employee = UPPER(employee);
