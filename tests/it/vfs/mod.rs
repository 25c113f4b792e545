//! Disks that fail or lose power: a layer under SQLite that counts, refuses and records its calls.

mod cut;
mod disk;
mod lost;
mod round;
mod shim;
mod sweep;
mod upgrade;
