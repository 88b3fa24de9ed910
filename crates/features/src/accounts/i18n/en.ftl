# What the audit log tells about customers and accounts
audit-accounts-customer-registered = { $actor } made customer { $subject } known
audit-accounts-account-opened = { $actor } opened account { $subject }
audit-accounts-batch-opened = { $actor } opened several accounts at once
audit-accounts-limit-set = { $actor } changed the credit limit of account { $subject }
audit-accounts-status-set = { $actor } changed the status of account { $subject }
accounts-erased = Erased
audit-accounts-customer-read = { $actor } looked at customer { $subject }
audit-accounts-customer-sought = { $actor } searched for a customer
audit-accounts-account-read = { $actor } looked at account { $subject }
audit-accounts-accounts-read = { $actor } read a list of accounts
