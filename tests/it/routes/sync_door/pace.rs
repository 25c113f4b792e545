//! A node that asks too often waits, and nobody waits with it.

use tillbook::http::{REQUESTS_AT_ONCE_MAX, REQUESTS_PER_SECOND_MAX};

use super::Till;
use crate::routes::served::{Served, Told};

fn said(told: &Told) -> String {
    let code = told.json()["code"].as_str().unwrap_or("-").to_owned();
    format!("{} {code} {}", told.status, told.header("retry-after").unwrap_or("-"))
}

#[test]
fn whoever_has_gone_wild_waits_alone() {
    let (served, clock) = Served::at_noon();
    let (wild, other) = (Till::new(&served, "wild", 11), Till::new(&served, "other", 12));
    for till in [&wild, &other] {
        assert_eq!(till.hello(&served).status, 200);
    }
    let n_answered = |till: &Till| {
        let asked = (0..=REQUESTS_AT_ONCE_MAX).map(|_| till.get(&served, "health"));
        asked.take_while(|told| told.status == 200).count() as u64
    };
    assert_eq!(n_answered(&wild), REQUESTS_AT_ONCE_MAX - 1);
    let refused = "429 too-many-requests 1";
    assert_eq!(said(&wild.get(&served, "pull")), refused);
    // Before its body is read: it says nothing that could be understood.
    assert_eq!(said(&wild.post(&served, "push", &[], b"{")), refused);
    assert_eq!(said(&other.get(&served, "health")), "200 - -");
    // The key is good for everything else.
    assert_eq!(served.get("/customers", Some(&wild.key)).status, 200);
    clock.advance(1_000);
    assert_eq!(n_answered(&wild), REQUESTS_PER_SECOND_MAX);
    assert_eq!(said(&wild.hello(&served)), refused);
}
