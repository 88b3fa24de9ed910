# What the audit log tells about cards
audit-cards-card-made = { $actor } made card { $subject }
audit-cards-card-issued = { $actor } issued a card on account { $subject }
audit-cards-card-frozen = { $actor } froze a card of account { $subject }
audit-cards-card-unfrozen = { $actor } unfroze a card of account { $subject }
audit-cards-card-blocked = { $actor } blocked a card of account { $subject } for good
audit-cards-controls-set = { $actor } changed the switches of a card of account { $subject }
