# What the audit log tells about authorizations
audit-authorizations-batch-decided = { $actor } asked for authorizations; the engine decided them
audit-authorizations-hold-captured = { $actor } posted a hold of account { $subject }
audit-authorizations-holds-expired = { $actor } let go of holds of account { $subject } whose time was over
audit-authorizations-fraud-reported = { $actor } said whether authorization { $subject } was fraud
