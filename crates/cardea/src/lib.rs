//! cardea
