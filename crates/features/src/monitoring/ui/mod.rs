//! Pages of monitoring.
