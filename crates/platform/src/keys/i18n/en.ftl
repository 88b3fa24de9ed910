# What the log says about keys
audit-keys-person-erased = { $actor } erased the personal data of { $subject } for good
audit-keys-set-noted = { $actor } noted the check values of the keys
audit-keys-master-rotated = { $actor } made { $subject } the key that wraps data keys
audit-keys-rows-rewrapped = All data keys are wrapped under { $subject }
audit-keys-master-retired = { $actor } destroyed { $subject } for good
