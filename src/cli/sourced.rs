//! Settings as texts, each with where it came from: flags, then variables, then a file, then
//! defaults.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::failure::Failure;

/// What the variables of this program begin with.
const PREFIX: &str = "TILLBOOK_";
/// The variable that names the file of settings.
const CONFIG: &str = "TILLBOOK_CONFIG";
/// A setting that is at most so many letters away from an unknown one may be what was meant.
const DISTANCE_MAX: usize = 3;

/// A setting that there is.
#[derive(Debug)]
pub(super) struct Known {
    /// The flag without its dashes, and the word in the file.
    pub(super) name: &'static str,
    /// Whether it has several values: a list in the file, commas elsewhere.
    pub(super) is_list: bool,
    /// Empty where it is unset unless somebody sets it.
    pub(super) default: &'static str,
}

impl Known {
    /// `tls-key` is `TILLBOOK_TLS_KEY`.
    fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('-', "_").to_ascii_uppercase())
    }

    fn values(&self, text: &str) -> Vec<String> {
        match self.is_list {
            true => text.split(',').map(|one| one.trim().to_owned()).collect(),
            false => vec![text.to_owned()],
        }
    }
}

/// From where a value came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Flag(&'static str),
    Variable(String),
    File(PathBuf),
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "--{name}"),
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => path.display().fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The values of one setting; none where it is unset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sourced {
    pub(super) values: Vec<String>,
    pub(super) source: Source,
}

/// What flags say: the name of the setting and its values, none where the flag is not there.
pub(super) type Given = Vec<(&'static str, Vec<String>)>;

/// The values of all settings in `known`.
pub(super) fn gather(
    known: &'static [Known],
    given: Given,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    file: Option<PathBuf>,
) -> Result<BTreeMap<&'static str, Sourced>, Failure> {
    let defaults = known.iter().map(|setting| {
        let values = match setting.default {
            "" => Vec::new(),
            text => setting.values(text),
        };
        (setting.name, Sourced { values, source: Source::Default })
    });
    let mut all: BTreeMap<_, _> = defaults.collect();
    let (variables, named) = read_variables(known, variables)?;
    if let Some(path) = file.or(named) {
        all.extend(read_file(known, &path)?);
    }
    all.extend(variables);
    let given = given.into_iter().filter(|(_, values)| !values.is_empty());
    all.extend(given.map(|(name, values)| (name, Sourced { values, source: Source::Flag(name) })));
    Ok(all)
}

type Found = Vec<(&'static str, Sourced)>;

/// The settings among the variables, and the file that one of them names. An empty variable is as
/// good as none.
fn read_variables(
    known: &'static [Known],
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(Found, Option<PathBuf>), Failure> {
    let (mut found, mut file) = (Vec::new(), None);
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if name == CONFIG {
            file = (!value.is_empty()).then(|| value.into());
            continue;
        }
        let Some(setting) = known.iter().find(|setting| setting.variable() == name) else {
            let near = nearest(name, known.iter().map(Known::variable));
            return Err(unknown(format!("the variable {name} is no setting"), near));
        };
        let value = value.into_string().map_err(|_| {
            Failure::usage(format!("the variable {name} is no text"), "set it to one in UTF-8")
        })?;
        if !value.is_empty() {
            let source = Source::Variable(name.to_owned());
            found.push((setting.name, Sourced { values: setting.values(&value), source }));
        }
    }
    Ok((found, file))
}

/// The settings in a file of TOML.
fn read_file(known: &'static [Known], path: &Path) -> Result<Found, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let hint = "--config and TILLBOOK_CONFIG name the file of settings; none is needed";
        Failure::usage(format!("the settings in {shown} cannot be read: {error}"), hint)
    })?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let message = format!("{shown} is no TOML: {}", error.to_string().trim_end());
        Failure::usage(message, "a line is like: listen = \"127.0.0.1:4000\"")
    })?;
    let mut found = Vec::new();
    for (name, value) in table {
        let Some(setting) = known.iter().find(|setting| setting.name == name) else {
            let near = nearest(&name, known.iter().map(|setting| setting.name.to_owned()));
            return Err(unknown(format!("`{name}` in {shown} is no setting"), near));
        };
        let values = texts(setting, value).ok_or_else(|| {
            let hint = "a value is a text, a number, true, false, or a list of texts";
            Failure::usage(format!("`{name}` in {shown} has no value that fits"), hint)
        })?;
        let source = Source::File(path.to_owned());
        found.push((setting.name, Sourced { values, source }));
    }
    Ok(found)
}

fn texts(setting: &Known, value: Value) -> Option<Vec<String>> {
    let text = match value {
        Value::String(text) => text,
        Value::Integer(number) => number.to_string(),
        Value::Boolean(on) => on.to_string(),
        Value::Array(values) if setting.is_list => {
            let text = |value| match value {
                Value::String(text) => Some(text),
                _ => None,
            };
            return values.into_iter().map(text).collect();
        }
        _ => return None,
    };
    Some(setting.values(&text))
}

fn unknown(message: String, near: Option<String>) -> Failure {
    let hint = match near {
        Some(near) => format!("the nearest one is {near}; `tillbook serve --help` has them all"),
        None => "`tillbook serve --help` has them all".to_owned(),
    };
    Failure::usage(message, hint)
}

/// The name that takes the fewest letters to make of `wrong`.
fn nearest(wrong: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let near = names.map(|name| (distance(wrong, &name), name));
    near.min().filter(|(distance, _)| *distance <= DISTANCE_MAX).map(|(_, name)| name)
}

/// How many letters are to be put in, taken out or changed.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, a) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], n + 1);
        for (m, b) in other.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[m + 1];
            row[m + 1] = changed.min(row[m] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
