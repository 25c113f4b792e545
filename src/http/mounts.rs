//! Mounts: which dialects are served, and where.

use std::fmt;

use super::door::Mount;
use super::route::Dialect;
use super::{portos, sync, synctera, tratta};
use crate::error::{Error, Result};

/// Every dialect and where it is served unless somebody says otherwise.
const DIALECTS: &[(&Dialect, &str)] = &[
    (&portos::DIALECT, "/"),
    (&tratta::DIALECT, "/api/v1"),
    (&synctera::DIALECT, "/v0"),
    (&sync::DIALECT, "/sync/v1"),
];

/// A base path has at most this many bytes.
pub const BASE_BYTES_MAX: usize = 200;

/// The dialects that are served, each at a base path of its own.
///
/// ```
/// use tillbook::http::Mounts;
///
/// assert_eq!(Mounts::default().to_string(), "portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1");
/// let mounts = Mounts::parse(["portos=/api/v1/", "tratta=off"])?;
/// assert_eq!(mounts.to_string(), "portos=/api/v1,tratta=off,synctera=/v0,sync=/sync/v1");
/// # Ok::<(), tillbook::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mounts(Vec<(&'static Dialect, Option<String>)>);

impl Default for Mounts {
    /// Every dialect, where its contract has it.
    fn default() -> Self {
        let all = DIALECTS.iter().map(|(dialect, base)| (*dialect, Some(trimmed(base))));
        Self(all.collect())
    }
}

impl Mounts {
    /// Reads `DIALECT=/PATH` and `DIALECT=off`; a dialect that is not named stays where it is.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: a dialect is unknown or named twice, a path is none, or two dialects
    ///   are at one path.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut mounts = Self::default();
        let mut named: Vec<&str> = Vec::new();
        for text in texts {
            let rule = |rule: String| Error::invalid("mount", format!("`{text}`: {rule}"));
            let (name, base) = text
                .split_once('=')
                .ok_or_else(|| rule("write DIALECT=/PATH or DIALECT=off".to_owned()))?;
            let (name, base) = (name.trim(), base.trim());
            let place = mounts.0.iter_mut().find(|(dialect, _)| dialect.name == name);
            let place = place.ok_or_else(|| rule(format!("the dialects are {}", names())))?;
            if named.contains(&name) {
                return Err(rule(format!("{name} is named twice")));
            }
            named.push(name);
            place.1 = match base {
                "off" => None,
                base => Some(read_base(base).map_err(|broken| rule(broken.to_owned()))?),
            };
        }
        mounts.check()?;
        Ok(mounts)
    }

    /// Refuses two dialects at one path.
    fn check(&self) -> Result<()> {
        let mut served: Vec<Mount> = self.served();
        served.sort_by(|one, other| one.base.cmp(&other.base));
        match served.windows(2).find(|two| two[0].base == two[1].base) {
            Some(two) => {
                let (one, other) = (two[0].dialect.name, two[1].dialect.name);
                let rule = format!("has {one} and {other} at one path, /{}", &two[0].base);
                Err(Error::invalid("mount", rule.replace("//", "/")))
            }
            None => Ok(()),
        }
    }

    /// Where `dialect` is served, without a slash at the end: empty at the root, `None` where it is
    /// switched off or unknown.
    pub fn base(&self, dialect: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known.name == dialect);
        found.and_then(|(_, base)| base.as_deref())
    }

    pub(super) fn served(&self) -> Vec<Mount> {
        let on = self.0.iter().filter_map(|(dialect, base)| {
            base.as_ref().map(|base| Mount { dialect, base: base.clone() })
        });
        on.collect()
    }
}

impl fmt::Display for Mounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (dialect, base)) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let base = match base.as_deref() {
                None => "off",
                Some("") => "/",
                Some(base) => base,
            };
            write!(f, "{comma}{}={base}", dialect.name)?;
        }
        Ok(())
    }
}

/// A base path without a slash at its end, or the rule that it breaks.
fn read_base(text: &str) -> std::result::Result<String, &'static str> {
    let base = trimmed(text);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_part = |part: &str| !["", ".", ".."].contains(&part) && part.bytes().all(is_plain);
    if !text.starts_with('/') {
        Err("a path begins with a slash; `off` switches the dialect off")
    } else if text.len() > BASE_BYTES_MAX {
        Err("the path is longer than 200 bytes")
    } else if !base.split('/').skip(1).all(is_part) {
        Err("a path has letters, digits, `-`, `.`, `_` and `~` between single slashes")
    } else {
        Ok(base)
    }
}

fn trimmed(base: &str) -> String {
    base.strip_suffix('/').unwrap_or(base).to_owned()
}

fn names() -> String {
    let names: Vec<&str> = DIALECTS.iter().map(|(dialect, _)| dialect.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[&str], expected: &str) {
        let told = match Mounts::parse(texts.iter().copied()) {
            Ok(mounts) => mounts.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(told, expected, "{texts:?}");
    }

    #[test]
    fn dialects_are_mounted() {
        check(&[], "portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1");
        check(&["portos=/"], "portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1");
        check(&["portos=/api"], "portos=/api,tratta=/api/v1,synctera=/v0,sync=/sync/v1");
        check(
            &[" portos = /api/ ", "tratta=/t"],
            "portos=/api,tratta=/t,synctera=/v0,sync=/sync/v1",
        );
        check(&["portos=/api/v1"], "mount has portos and tratta at one path, /api/v1");
        check(&["portos=off", "sync=/nodes"], "portos=off,tratta=/api/v1,synctera=/v0,sync=/nodes");
        check(&["portos=/sync/v1"], "mount has portos and sync at one path, /sync/v1");
        check(&["portos"], "mount `portos`: write DIALECT=/PATH or DIALECT=off");
        check(&["ods=/"], "mount `ods=/`: the dialects are portos, tratta, synctera, sync");
        check(&["portos=/", "portos=/a"], "mount `portos=/a`: portos is named twice");
        let slash = "a path begins with a slash; `off` switches the dialect off";
        for base in ["", "api", "http://shop/api"] {
            check(&[&format!("portos={base}")], &format!("mount `portos={base}`: {slash}"));
        }
        let plain = "a path has letters, digits, `-`, `.`, `_` and `~` between single slashes";
        for base in ["//", "/a//b", "/..", "/a/./b", "/a b", "/{id}", "/a%2f", "/a?b", "/š"] {
            check(&[&format!("portos={base}")], &format!("mount `portos={base}`: {plain}"));
        }
        let long = format!("portos=/{}", "a".repeat(BASE_BYTES_MAX));
        check(&[&long], &format!("mount `{long}`: the path is longer than 200 bytes"));
    }

    #[test]
    fn two_dialects_at_one_path_are_refused() {
        let twins = |base: &str| {
            let twin = (&portos::DIALECT, Some(base.to_owned()));
            Mounts(vec![twin.clone(), twin]).check().map_err(|error| error.to_string())
        };
        let told = "mount has portos and portos at one path, /";
        assert_eq!(twins(""), Err(told.to_owned()));
        assert_eq!(twins("/api"), Err(format!("{told}api")));
    }
}
