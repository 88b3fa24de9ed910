# What the log says about keys
audit-keys-person-erased = { $actor } erased the personal data of { $subject } for good
