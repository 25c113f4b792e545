//! One crate of tests, a module per room.

mod import;
