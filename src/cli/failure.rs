//! What the program says when it could not do its work: one line, and a way out where there is one.

use std::io::{self, Write};
use std::process::ExitCode;

use tillbook::Error;
use tillbook::query::ParseError;

/// The arguments are wrong; what clap answers as well.
const USAGE: u8 = 2;

/// At most this many characters of a query are shown on either side of the broken place.
const SHOWN_CHARS_MAX: usize = 48;

/// Why a verb did not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// The store refused.
    Store(Error),
    /// The query text does not parse.
    Query {
        /// As it was typed.
        text: String,
        /// The broken rule and its place.
        error: ParseError,
    },
    /// Anything else, in words.
    Said {
        /// One line, lower case, without a full stop.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A setting or its value is wrong.
    Usage {
        /// One line, lower case, without a full stop.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// What was printed could not be written.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// A failure in words: one line, lower case, without a full stop.
    pub(super) fn said(message: impl Into<String>) -> Self {
        Self::Said { message: message.into(), hint: None }
    }

    /// A failure in words and what to do about it.
    pub(super) fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Said { message: message.into(), hint: Some(hint.into()) }
    }

    /// A setting or its value that is wrong, and what to do about it.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// A refusal of the store, with a hint where something has the wanted name already.
    pub(super) fn taken(error: Error, hint: &str) -> Self {
        match &error {
            Error::Io(io) if io.kind() == io::ErrorKind::AlreadyExists => {
                Self::with_hint(error.to_string(), hint)
            }
            _ => Self::Store(error),
        }
    }

    /// Writes the failure to the standard error and returns the exit status it stands for.
    pub(super) fn tell(&self) -> ExitCode {
        if matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            // The reader, such as `head`, has seen enough.
            return ExitCode::SUCCESS;
        }
        // Where the standard error is closed there is nobody to tell.
        let _ = io::stderr().write_all(self.text().as_bytes());
        match self {
            Self::Query { .. } | Self::Usage { .. } => ExitCode::from(USAGE),
            _ => ExitCode::FAILURE,
        }
    }

    fn text(&self) -> String {
        let (message, hint) = match self {
            Self::Store(error) => (error.to_string(), hint(error).map(str::to_owned)),
            Self::Query { text, error } => {
                let hint = "`tillbook list --help` names the words of a query";
                (format!("{error}\n{}", pointed(text, error.offset)), Some(hint.to_owned()))
            }
            Self::Said { message, hint } => (message.clone(), hint.clone()),
            Self::Usage { message, hint } => (message.clone(), Some(hint.clone())),
            Self::Output(error) => (format!("the output cannot be written: {error}"), None),
        };
        let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
        format!("tillbook: {message}\n{hint}")
    }
}

/// What a person can do about `error`.
fn hint(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NoFile(_) => {
            "`tillbook demo --customers 1000` makes a file with invented customers; --db FILE names another"
        }
        Error::InUse(_) => {
            "wait until the other process ends; `find`, `list`, `explain`, `export` and `backup` work beside it"
        }
        Error::NotTillbook(_) => "--db FILE names another file",
        Error::NewerFile { .. } => "a newer version of this program wrote it; update this one",
        Error::Corrupt(_) => "`tillbook check` says what is wrong with it",
        Error::DiskFull => {
            "make room on the disk; to close the day, the file's .reserve beside it may be deleted"
        }
        Error::CommitUnknown(_) | Error::WritesRefused(_) => {
            "look at the disk, then run this again; whatever was stored before is not stored twice"
        }
        Error::FileReplaced(_) => {
            "keep both files as they are; `tillbook check` tells which is sound"
        }
        Error::OtherCurrency { .. } => "a file counts in one currency for ever; use another file",
        _ => return None,
    })
}

/// The part of `text` around the byte `offset` and a caret under it.
fn pointed(text: &str, offset: usize) -> String {
    let at = text.char_indices().take_while(|(byte, _)| *byte < offset).count();
    let skipped = at.saturating_sub(SHOWN_CHARS_MAX);
    let letters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = letters.skip(skipped).take(2 * SHOWN_CHARS_MAX).collect();
    if skipped > 0 {
        shown = format!("…{}", shown.chars().skip(1).collect::<String>());
    }
    format!("  {shown}\n  {:>width$}", '^', width = at - skipped + 1)
}
