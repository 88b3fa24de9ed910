-- Who opens records at the same moment is counted one after the other by the lock on their row of `staff`, as for
-- searches; a row of its own is not needed any more.
DROP TABLE matter_turns;
