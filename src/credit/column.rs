//! What a credit transaction can be asked for and sorted by. A dialect has its own words for these.

use super::{CreditKind, CreditTransaction};
use crate::query::{Column, Kind};

macro_rules! words {
    ($($value:ident),+) => {
        Kind::Choice(&[$((stringify!($value), CreditKind::$value.as_str())),+])
    };
}

const KINDS: Kind =
    words!(Deposit, Withdrawal, Spend, Earn, Refund, Correction, Reversal, Expiry, Merge, Other);

impl CreditTransaction {
    /// The id.
    pub const ID: Column = Column::new("id", "t.id", Kind::Text);
    /// Whose credit moved.
    pub const CUSTOMER_ID: Column = Column::new("customer_id", "customer.id", Kind::Text);
    /// What it was for.
    pub const KIND: Column = Column::new("kind", "t.kind", KINDS);
    /// By how much it moved the balance here, see [`Posting::effect`](super::Posting::effect).
    pub const EFFECT: Column = Column::new("effect", "t.effect_minor", Kind::Money);
    /// The time of business.
    pub const AT: Column = Column::new("at", "t.at", Kind::Time);
    /// The id in an outside system.
    pub const EXTERNAL_ID: Column =
        Column::new("external_id", "t.external_id", Kind::Text).nullable();
    /// What a reversal undoes.
    pub const TARGET: Column = Column::new("target", "t.target_id", Kind::Text).nullable();
    /// What was paid, of an earning by rate.
    pub const PAID: Column = Column::new("paid", "t.paid_minor", Kind::Money).nullable();
    /// Who did it.
    pub const ACTOR: Column = Column::new("actor", "t.actor", Kind::Text).nullable();
    /// The note.
    pub const NOTE: Column = Column::new("note", "t.note", Kind::Text).nullable();
}
