//! Operations: one for every write, chained, and enough to tell the whole history again.

mod chain;
mod golden;
pub(crate) mod history;
pub(crate) mod meet;
mod replay;
