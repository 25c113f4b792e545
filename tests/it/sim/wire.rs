//! Wire: what travels between a child and its parent, and what both do with it.

use tillbook::sync::{Batch, Buckets, Cursor, Hello, Limit, Page, Received, Repair, Session};
use tillbook::{Error, NodeId, Store};

/// What a child asks.
#[derive(Debug, Clone)]
pub(super) enum Request {
    Hello(Hello),
    Push(NodeId, Batch),
    Pull(NodeId, Option<Cursor>, Option<Repair>, Limit),
    Buckets,
}

/// What a parent answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Session(Session),
    Received(Received),
    Page(Page),
    Buckets(Buckets),
    Refused(Refusal),
}

/// Why a parent does not do what it was asked.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    CursorReset,
    UnknownChild,
    /// Why, and which tree the parent is part of.
    NotAChild(String, NodeId),
}

/// What is in a letter.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Ask(Request),
    Tell(Answer),
}

/// Something on its way.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The number of the request, in the answer too.
    pub(super) number: u64,
    /// The step at which it can arrive first.
    pub(super) due: u64,
    pub(super) body: Body,
}

/// What the parent does with a request. An error is one that no parent should have.
pub(super) fn serve(store: &Store, request: &Request) -> Result<Answer, String> {
    let answer = match request {
        Request::Hello(hello) => store.admit(hello).map(Answer::Session),
        Request::Push(from, batch) => store.receive(*from, batch).map(Answer::Received),
        Request::Pull(from, cursor, repair, limit) => match repair {
            Some(repair) => store.changes_to_repair(*from, cursor.as_ref(), repair, *limit),
            None => store.changes_since(*from, cursor.as_ref(), *limit),
        }
        .map(Answer::Page),
        Request::Buckets => store.buckets().map(Answer::Buckets),
    };
    if let Ok(Answer::Page(Page { checkpoint: Some(told), .. })) = &answer {
        let shown = store.view_digest().map_err(|error| error.to_string())?;
        if shown != told.digest {
            return Err(format!("I9: the parent shows {shown:?} and tells of {:?}", told.digest));
        }
    }
    answer.or_else(|error| match error {
        Error::CursorReset => Ok(Answer::Refused(Refusal::CursorReset)),
        Error::UnknownChild(_) => Ok(Answer::Refused(Refusal::UnknownChild)),
        Error::NotAChild(reason) => {
            let root = store.hello().map_err(|error| error.to_string())?.root;
            Ok(Answer::Refused(Refusal::NotAChild(reason, root.unwrap_or(store.node()))))
        }
        error => Err(format!("the parent says {error:?} to {}", Body::Ask(request.clone()).told())),
    })
}

impl Body {
    /// A line for the trace.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Ask(Request::Hello(hello)) => format!(
                "hello: {} chains, cursor {:?}",
                hello.chains.len(),
                hello.cursor.map(|cursor| cursor.number)
            ),
            Self::Ask(Request::Push(_, batch)) => format!("push: {}", ids(batch)),
            Self::Ask(Request::Pull(_, cursor, repair, limit)) => format!(
                "pull: {} after {:?}{}",
                limit.items,
                cursor.map(|cursor| cursor.number),
                repair
                    .as_ref()
                    .map_or(String::new(), |it| format!(" of {} buckets", it.n_buckets())),
            ),
            Self::Ask(Request::Buckets) => "buckets".to_owned(),
            Self::Tell(Answer::Session(session)) => {
                format!("session: epoch {}, {} chains", session.root_epoch, session.received.len())
            }
            Self::Tell(Answer::Received(received)) => {
                let seqs: Vec<u64> = received.received.values().map(|reach| reach.seq).collect();
                format!("received: {seqs:?}, refused {:?}", received.refused)
            }
            Self::Tell(Answer::Page(page)) => format!(
                "page: {} units to {}{}{}",
                page.units.len(),
                page.next.number,
                if page.is_full { ", full" } else { "" },
                if page.checkpoint.is_some() { ", the last" } else { "" },
            ),
            Self::Tell(Answer::Buckets(buckets)) => format!("buckets at {}", buckets.head.number),
            Self::Tell(Answer::Refused(refusal)) => format!("refused: {refusal:?}"),
        }
    }
}

/// The operations of a batch, by the first digits of their chains.
fn ids(batch: &Batch) -> String {
    let short = |id: tillbook::OperationId| {
        format!("{}/{}", &format!("{:016x}", id.incarnation)[..4], id.seq)
    };
    let ids: Vec<String> = batch.operations.iter().map(|operation| short(operation.id)).collect();
    ids.join(" ")
}
