//! Tests of the log's tree, its notes and its files.

mod note;
mod tiles;
mod tree;
