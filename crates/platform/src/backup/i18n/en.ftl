# What the log says about backups and restores
audit-backup-taken = { $actor } took a backup of the database
audit-backup-restored = { $actor } restored the database from a backup; it lives in epoch { $subject }
audit-backup-epoch-began = { $actor } began epoch { $subject } of the database
audit-backup-log-recovered = { $actor } put decisions back into the log that a backup did not have
