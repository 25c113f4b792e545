//! Tidy: what the style asks of every file under `src`, read as text.

use std::fs;
use std::path::{Path, PathBuf};

/// Files are shorter than this; a longer one has a seam somewhere.
const LINES_MAX: usize = 400;

/// A file under `src`: its path from there and its text.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The room the file belongs to: its own name, or that of the folder it lies in.
    fn room(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str();
        Path::new(first).file_stem().unwrap().to_str().unwrap().to_owned()
    }

    /// Numbered lines that are neither comments nor tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| *line != "#[cfg(test)]");
        lines.enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The lines of code that hold `word` as a whole word, as `file:line`.
    fn uses(&self, word: &str) -> Vec<String> {
        let holds = |line: &str| {
            line.match_indices(word).any(|(at, _)| {
                let around =
                    [line[..at].chars().next_back(), line[at + word.len()..].chars().next()];
                around.into_iter().flatten().all(|c| !c.is_alphanumeric() && c != '_')
            })
        };
        let at = |n| format!("{}:{}: {word}", self.path.display(), n + 1);
        self.code().filter(|(_, line)| holds(line)).map(|(n, _)| at(n)).collect()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => sources.push(Source {
                    text: fs::read_to_string(&path).unwrap(),
                    path: path.strip_prefix(&root).unwrap().to_owned(),
                }),
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

/// What `src/lib.rs` lists, in its order.
fn rooms(sources: &[Source]) -> Vec<String> {
    let lib = sources.iter().find(|source| source.path == Path::new("lib.rs")).unwrap();
    let listed = lib.code().filter_map(|(_, line)| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    listed.map(str::to_owned).collect()
}

/// The rooms a line names: `crate::room`, or what is wrong with how it names it.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").map(|(at, found)| {
        let rest = &line[at + found.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn rooms_look_up_only() {
    let sources = sources();
    let rooms = rooms(&sources);
    let place = |room: &str| rooms.iter().position(|known| known == room);
    let mut wrong = Vec::new();
    for source in &sources {
        // The crate's root lists the rooms, and the program stands outside.
        let room = source.room();
        let Some(own) = place(&room) else {
            assert!(["lib", "main", "cli"].contains(&room.as_str()), "{room} is not listed");
            continue;
        };
        for (n, line) in source.code() {
            let at = format!("{}:{}", source.path.display(), n + 1);
            wrong.extend(named(line).filter_map(|other| match place(other) {
                Some(other) if other <= own => None,
                Some(_) => Some(format!("{at} looks down to {other}")),
                None => Some(format!("{at} does not name the room of `{other}`")),
            }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let sources = sources();
    let lines = |source: &Source| source.text.lines().count();
    let long = sources.iter().filter(|source| lines(source) >= LINES_MAX);
    let long: Vec<_> = long.map(|source| (&source.path, lines(source))).collect();
    assert!(long.is_empty(), "{long:?}");
}

/// Each word with the files that may say it, by the beginning of their path.
#[test]
fn what_is_banned_is_not_said() {
    let banned: &[(&[&str], &[&str])] = &[
        (&["SystemTime::now", "jiff::Timestamp::now", "getrandom::fill"], &["clock.rs"]),
        // How long an answer took is measured, and never stored.
        (&["Instant::now"], &["clock.rs", "http/exchange.rs"]),
        (&["now_v7", "now_v1", "new_v4", "Utc::now", "rand", "thread_rng"], &[]),
        (&["f32", "f64"], &[]),
        (&["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!"], &[]),
        (&["axum", "tokio", "async", "await"], &["http/", "cli/", "main.rs"]),
        (&["println!", "eprintln!"], &["cli/", "main.rs"]),
        (&["manager", "Manager", "Helper", "util", "utils", "Handler"], &[]),
    ];
    let mut said = Vec::new();
    for source in sources() {
        let path = source.path.to_str().unwrap();
        for (words, allowed) in banned {
            if !allowed.iter().any(|allowed| path.starts_with(allowed)) {
                said.extend(words.iter().flat_map(|word| source.uses(word)));
            }
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// Of comments too: what is left to do stands in the issues.
#[test]
fn nothing_is_put_off_in_a_comment() {
    let words = ["TODO", "FIXME", "XXX", "HACK"];
    let sources = sources();
    let put_off =
        sources.iter().filter(|source| words.iter().any(|word| source.text.contains(word)));
    let put_off: Vec<_> = put_off.map(|source| &source.path).collect();
    assert!(put_off.is_empty(), "{put_off:?}");
}

#[test]
fn every_limit_says_what_it_limits() {
    let mut bare = Vec::new();
    let mut n_limits = 0;
    for source in sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let name = line.strip_prefix("pub const ").and_then(|rest| rest.split(':').next());
            if name.is_some_and(|name| name.ends_with("_MAX")) {
                n_limits += 1;
                if n == 0 || !lines[n - 1].starts_with("/// ") {
                    bare.push(format!("{}:{}", source.path.display(), n + 1));
                }
            }
        }
    }
    assert!(n_limits > 5, "the limits were not found");
    assert!(bare.is_empty(), "{bare:?}");
}
