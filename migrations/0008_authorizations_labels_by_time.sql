-- Every node follows the labels that others store.

-- both:
CREATE INDEX fraud_labels_at ON fraud_labels (at, authorization_id);
