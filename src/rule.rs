//! Rules that many fields share: how long a text may be, what it may hold.

use serde_json::{Map, Value};

use crate::cell::object_text;
use crate::error::{Error, Result};
use crate::time::Timestamp;

/// Names, e-mail addresses and other texts of one line have at most this many characters.
pub const LINE_CHARS_MAX: usize = 255;
/// Notes have at most this many bytes.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;
/// `meta` has at most this many keys.
pub const META_KEYS_MAX: usize = 256;
/// `meta` has at most this many bytes, written as JSON.
pub const META_BYTES_MAX: usize = 32 * 1024;

/// Lists and objects within `meta` nest at most this deep; much deeper ones are written, but not
/// read again.
pub const META_DEPTH_MAX: usize = 32;

/// A text of one line: at most [`LINE_CHARS_MAX`] characters, no control characters.
pub(crate) fn check_line(name: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if text.chars().count() > LINE_CHARS_MAX => {
            Err(Error::invalid(name, format!("must have at most {LINE_CHARS_MAX} characters")))
        }
        Some(text) if text.chars().any(char::is_control) => {
            Err(Error::invalid(name, "must not hold control characters"))
        }
        _ => Ok(()),
    }
}

/// A text of many lines: at most [`NOTE_BYTES_MAX`] bytes, no NUL.
pub(crate) fn check_note(name: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if text.len() > NOTE_BYTES_MAX => {
            Err(Error::invalid(name, format!("must have at most {NOTE_BYTES_MAX} bytes")))
        }
        Some(text) if text.contains('\0') => {
            Err(Error::invalid(name, "must not hold a NUL character"))
        }
        _ => Ok(()),
    }
}

/// Free data: at most [`META_KEYS_MAX`] keys, keys of one line, at most [`META_BYTES_MAX`] bytes.
pub(crate) fn check_meta(name: &str, meta: &Map<String, Value>) -> Result<()> {
    if meta.len() > META_KEYS_MAX {
        return Err(Error::invalid(name, format!("must have at most {META_KEYS_MAX} keys")));
    }
    for (key, value) in meta {
        check_line(name, Some(key))?;
        check_key(name, key)?;
        check_value(name, value, META_DEPTH_MAX)?;
    }
    if object_text(meta).len() > META_BYTES_MAX {
        return Err(Error::invalid(
            name,
            format!("must have at most {META_BYTES_MAX} bytes of JSON"),
        ));
    }
    Ok(())
}

/// The keys of every object within `value`, and how deep it nests.
fn check_value(name: &str, value: &Value, depth: usize) -> Result<()> {
    let below = || {
        let deep = || Error::invalid(name, format!("must nest at most {META_DEPTH_MAX} deep"));
        depth.checked_sub(1).ok_or_else(deep)
    };
    match value {
        Value::Array(values) => {
            let below = below()?;
            values.iter().try_for_each(|value| check_value(name, value, below))
        }
        Value::Object(object) => {
            let below = below()?;
            object.iter().try_for_each(|(key, value)| {
                check_key(name, key)?;
                check_value(name, value, below)
            })
        }
        _ => Ok(()),
    }
}

/// Keys of the JSON reader's own, which it takes for a number when it meets them in a text.
fn check_key(name: &str, key: &str) -> Result<()> {
    match key.starts_with("$serde_json::private::") {
        true => Err(Error::invalid(name, format!("must not hold the key {key}"))),
        false => Ok(()),
    }
}

/// Two times of which the first must not come after the second.
pub(crate) fn check_interval(
    name: &str,
    activation: Option<Timestamp>,
    expiration: Option<Timestamp>,
) -> Result<()> {
    match (activation, expiration) {
        (Some(activation), Some(expiration)) if activation > expiration => {
            Err(Error::invalid(name, "must not be before the activation"))
        }
        _ => Ok(()),
    }
}
