//! Drill: a test takes one rule of sync away, to see that the simulator notices.
//!
//! The switch belongs to one thread and exists in builds with debug assertions only; in a release build
//! every rule holds and nothing is asked.

/// A rule of sync that can be taken away (sync.md 2.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// An operation is taken only after the one before it.
    Gap,
    /// An operation that is here already has no effect again.
    Once,
    /// A stamp far ahead is clamped, and its operation is not refused.
    Clamp,
    /// A run of pages is shown as a whole.
    Whole,
    /// Pending operations are laid over what comes.
    Overlay,
    /// A parent that lacks what the root has is not believed.
    StaleParent,
    /// An operation is kept until the root has it.
    KeepUntilRoot,
    /// An operation is kept for 30 days after that.
    KeepThirtyDays,
    /// The numbers of the feed become visible in the order of the commits.
    FeedOrder,
    /// The version rises with every visible change.
    Version,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 10] = [
        Self::Gap,
        Self::Once,
        Self::Clamp,
        Self::Whole,
        Self::Overlay,
        Self::StaleParent,
        Self::KeepUntilRoot,
        Self::KeepThirtyDays,
        Self::FeedOrder,
        Self::Version,
    ];
}

#[cfg(debug_assertions)]
thread_local! {
    static WITHOUT: std::cell::Cell<Option<Rule>> = const { std::cell::Cell::new(None) };
}

/// Takes a rule away from this thread, or gives them all back.
#[cfg(debug_assertions)]
pub fn set_without(rule: Option<Rule>) {
    WITHOUT.set(rule);
}

#[cfg(debug_assertions)]
thread_local! {
    static LATE: std::cell::RefCell<Vec<(u64, Box<dyn std::any::Any>)>> =
        const { std::cell::RefCell::new(Vec::new()) };
}

/// Without the rule on the order of the feed: keeps every other row of one opening back until the next
/// one comes.
#[cfg(debug_assertions)]
pub(crate) fn late<T: 'static>(opening: u64, row: T) -> Vec<T> {
    LATE.with_borrow_mut(|kept| {
        let at = kept.iter().position(|(known, _)| *known == opening);
        let Some(at) = at else {
            kept.push((opening, Box::new(row)));
            return Vec::new();
        };
        let earlier = kept.remove(at).1.downcast::<T>().map(|row| *row);
        earlier.into_iter().chain([row]).collect()
    })
}

/// Every row in its turn.
#[cfg(not(debug_assertions))]
pub(crate) fn late<T>(_: u64, row: T) -> Vec<T> {
    vec![row]
}

/// Whether a rule holds.
#[cfg(debug_assertions)]
pub(crate) fn holds(rule: Rule) -> bool {
    WITHOUT.get() != Some(rule)
}

/// Whether a rule holds.
#[cfg(not(debug_assertions))]
pub(crate) const fn holds(_: Rule) -> bool {
    true
}
