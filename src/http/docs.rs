//! Docs: the routes of all mounts as one page for people, made from the same tables and schemas as
//! `openapi.json`. Nothing on it is fetched from elsewhere and nothing runs.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::answer::JSON;
use super::door::Mount;
use super::openapi::{needs, operation_id, phrase};
use super::route::{Needs, Route, Shape, Verb, Work};
use crate::access::Right;

/// What does not follow from the tables: look, sign-in, queries, refusals.
const FRAME: &str = include_str!("docs.html");

/// The page; `document` is the one of `openapi.json`.
pub(crate) fn page(mounts: &[Mount], document: &Value) -> String {
    let parts = [
        ("{{version}}", escaped(env!("CARGO_PKG_VERSION"))),
        ("{{contents}}", contents(mounts)),
        ("{{first}}", first_call(mounts)),
        ("{{routes}}", mounts.iter().rev().map(|mount| dialect(mount, document)).collect()),
        ("{{rights}}", rights(mounts)),
        ("{{shapes}}", shapes(document)),
    ];
    parts.iter().fold(FRAME.to_owned(), |page, (name, text)| page.replace(name, text))
}

fn contents(mounts: &[Mount]) -> String {
    let mut text = String::new();
    for mount in mounts.iter().rev() {
        let name = escaped(mount.dialect.name);
        // Writing to a text does not fail, here and below.
        let _ = write!(text, "<li><a href=\"#{name}\">{}</a><ul>", title(mount));
        for route in mount.dialect.routes {
            let id = operation_id(mount.dialect, &route.about);
            let _ = write!(text, "<li><a href=\"#{id}\">{}</a></li>", heading(mount, route));
        }
        text.push_str("</ul></li>\n");
    }
    text
}

fn title(mount: &Mount) -> String {
    let (first, rest) = mount.dialect.name.split_at(mount.dialect.name.len().min(1));
    escaped(&format!("{}{rest}", first.to_ascii_uppercase()))
}

fn heading(mount: &Mount, route: &Route) -> String {
    let verb = route.method.as_str();
    let path = escaped(&format!("{}{}", mount.base, route.path));
    format!("<b class=\"verb {verb}\">{verb}</b> <code>{path}</code>")
}

fn dialect(mount: &Mount, document: &Value) -> String {
    let name = escaped(mount.dialect.name);
    let about = prose(mount.dialect.about);
    let base = escaped(if mount.base.is_empty() { "/" } else { &mount.base });
    let mut text = format!(
        "<section id=\"{name}\"><h2>{}</h2><p>{about} Served at <code>{base}</code>.</p>\n",
        title(mount)
    );
    for one in mount.dialect.routes {
        text.push_str(&route(mount, one, document));
    }
    text + "</section>\n"
}

fn route(mount: &Mount, route: &Route, document: &Value) -> String {
    let about = &route.about;
    let id = operation_id(mount.dialect, about);
    let mark = if about.is_extension { " <span class=\"mark\">extension</span>" } else { "" };
    let mut text = format!(
        "<article id=\"{id}\"><h3>{}{mark}</h3><p>{}. {}</p><p class=\"needs\">{}</p>\n",
        heading(mount, route),
        prose(about.summary),
        prose(about.description),
        prose(&needs(route)),
    );
    let path = format!("{}{}", mount.base, route.path);
    let method = route.method.as_str().to_ascii_lowercase();
    let told = &document["paths"][path.as_str()][method.as_str()];
    let _ = write!(text, "<pre><code>{}</code></pre>", escaped(&curl(&path, route)));
    let taken = told["requestBody"]["content"].as_object().and_then(|taken| taken.iter().next());
    if let Some((media_type, body)) = taken {
        let typed = match media_type.as_str() {
            JSON => String::new(),
            other => format!(" as <code>{}</code>", escaped(other)),
        };
        let _ = write!(text, "<p>Takes {}{typed}.</p>", kind(&body["schema"]));
    }
    text.push_str(&answers(mount, told, route));
    text.push_str(&parameters(told));
    text + "</article>\n"
}

/// A read that any key may make.
fn first_call(mounts: &[Mount]) -> String {
    let all = mounts.iter().flat_map(|mount| mount.dialect.routes.iter().map(move |r| (mount, r)));
    let mut reads = all.filter(|(_, route)| route.needs == Needs::Key && route.method == Verb::Get);
    let first = reads.next();
    first.map_or_else(String::new, |(mount, route)| {
        escaped(&curl(&format!("{}{}", mount.base, route.path), route))
    })
}

/// A call of the route that works once the names in it are filled in.
fn curl(path: &str, route: &Route) -> String {
    let mut lines = vec!["curl".to_owned()];
    if !matches!(route.method, Verb::Get) {
        lines[0] = format!("curl -X {}", route.method.as_str());
    }
    if !route.is_open() {
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    if matches!(route.work, Work::Write(_)) {
        lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
    }
    if route.about.body.is_some() {
        lines.push(match route.body.media_types.first().copied().unwrap_or(JSON) {
            JSON => format!("-H 'Content-Type: {JSON}' -d @body.json"),
            other => format!("-H 'Content-Type: {other}' --data-binary @body"),
        });
    }
    let shown = route.about.query.iter().filter(|one| ["Search", "$take"].contains(&one.name));
    let shown: Vec<String> =
        shown.filter_map(|one| Some(format!("{}={}", one.name, example(one.shape)?))).collect();
    if !shown.is_empty() {
        let shown: Vec<String> =
            shown.iter().map(|one| format!("--data-urlencode '{one}'")).collect();
        lines.push(format!("-G {}", shown.join(" ")));
    }
    let path = path.replace('{', "$").replace('}', "");
    lines.push(format!("\"$DOOR{path}\""));
    let between = if lines.len() > 2 { " \\\n  " } else { " " };
    lines.join(between)
}

fn example(shape: Shape) -> Option<String> {
    let schema = shape(&mut schemars::SchemaGenerator::default());
    match schema.get("examples")?.get(0)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn answers(mount: &Mount, told: &Value, route: &Route) -> String {
    let mut text = "<p>Answers ".to_owned();
    for (n, (status, _)) in route.about.answers.iter().enumerate() {
        let content = told["responses"][status.to_string()]["content"].as_object();
        let first = content.into_iter().flatten().next();
        let shape =
            first.map_or_else(String::new, |(media_type, content)| match media_type.as_str() {
                JSON => format!(" with {}", kind(&content["schema"])),
                other => format!(" with <code>{}</code>", escaped(other)),
            });
        let comma = if n == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}<b>{status}</b> {}{shape}", phrase(*status));
    }
    let refusals = route.refusals();
    let shape = refusals.first().map(|status| {
        let content = &told["responses"][status.to_string()]["content"];
        kind(&content[mount.dialect.refusal.0]["schema"])
    });
    let statuses: Vec<String> = refusals.iter().map(|status| titled(*status)).collect();
    let _ = write!(
        text,
        ".</p><p class=\"refusals\">Refuses with {}: {}.</p>",
        shape.unwrap_or_default(),
        statuses.join(", ")
    );
    text
}

/// A status that says what it means to whoever points at it.
fn titled(status: u16) -> String {
    format!("<abbr title=\"{}\">{status}</abbr>", escaped(phrase(status)))
}

fn parameters(told: &Value) -> String {
    let all = told["parameters"].as_array().into_iter().flatten();
    let rows: String = all
        .filter(|one| one["in"] == "query")
        .map(|one| {
            let schema = &one["schema"];
            let example = match &schema["examples"][0] {
                Value::Null => String::new(),
                Value::String(text) => format!(" <code>{}</code>", escaped(text)),
                other => format!(" <code>{}</code>", escaped(&other.to_string())),
            };
            let more = schema["description"].as_str().unwrap_or_default();
            let about = one["description"].as_str().unwrap_or_default();
            row(&one["name"], &kind(schema), &format!("{} {}{example}", prose(about), prose(more)))
        })
        .collect();
    match rows.is_empty() {
        true => rows,
        false => {
            format!("<details><summary>Parameters of the query</summary>{}</details>", table(&rows))
        }
    }
}

fn table(rows: &str) -> String {
    format!("<div class=\"wide\"><table><tbody>{rows}</tbody></table></div>")
}

fn row(name: &Value, kind: &str, about: &str) -> String {
    let name = escaped(name.as_str().unwrap_or_default());
    format!("<tr><th scope=\"row\"><code>{name}</code></th><td>{kind}</td><td>{about}</td></tr>\n")
}

/// What each right opens.
fn rights(mounts: &[Mount]) -> String {
    let opens = |right: Right| {
        let all =
            mounts.iter().flat_map(|mount| mount.dialect.routes.iter().map(move |r| (mount, r)));
        let opened = all.filter(|(_, route)| match route.needs {
            Needs::Right(any) => any.contains(&right),
            _ => false,
        });
        let links = opened.map(|(mount, route)| {
            let id = operation_id(mount.dialect, &route.about);
            format!("<a href=\"#{id}\">{}</a>", heading(mount, route))
        });
        links.collect::<Vec<_>>().join("<br>")
    };
    let rows: String = Right::ALL
        .iter()
        .map(|right| row(&Value::from(right.as_str()), meaning(*right), &opens(*right)))
        .collect();
    table(&rows)
}

fn meaning(right: Right) -> &'static str {
    match right {
        Right::CustomerCreate => "make customers",
        Right::CustomerUpdate => "change customers, their addresses and cards",
        Right::CustomerDelete => "delete and erase customers",
        Right::CustomerSetDiscount => "change a discount",
        Right::CustomerSetCredit => "move credit",
        Right::Admin => "everything but sync",
        Right::Sync => "exchange operations as another node of the chain",
    }
}

fn shapes(document: &Value) -> String {
    let mut text = String::new();
    let all = document["components"]["schemas"].as_object();
    for (name, schema) in all.into_iter().flatten() {
        let about = prose(schema["description"].as_str().unwrap_or_default());
        let name = escaped(name);
        let _ =
            write!(text, "<details id=\"shape-{name}\"><summary>{name}</summary><p>{about}</p>");
        text.push_str(&match schema["properties"].as_object() {
            Some(properties) => table(&members(properties)),
            None => format!("<p>{}</p>", kind(schema)),
        });
        text.push_str("</details>\n");
    }
    text
}

fn members(properties: &Map<String, Value>) -> String {
    let one = |(name, schema): (&String, &Value)| {
        let about = prose(schema["description"].as_str().unwrap_or_default());
        row(&name.as_str().into(), &kind(schema), &about)
    };
    properties.iter().map(one).collect()
}

/// What a schema allows, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(word) = schema["const"].as_str() {
        return escaped(word);
    }
    if let Some(words) = schema["enum"].as_array() {
        let word = |word: &Value| word.as_str().map_or("null".to_owned(), escaped);
        return words.iter().map(word).collect::<Vec<_>>().join(", ");
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let one = |name: &&str| match *name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "string" => schema["format"].as_str().unwrap_or("text").to_owned(),
        other => other.to_owned(),
    };
    types.iter().map(one).collect::<Vec<_>>().join(" or ")
}

/// Text with its `code` set as code.
fn prose(text: &str) -> String {
    let parts = text.split('`').zip([false, true].into_iter().cycle());
    let set = |(part, is_code): (&str, bool)| match is_code {
        true => format!("<code>{}</code>", escaped(part)),
        false => escaped(part),
    };
    parts.map(set).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_set_and_never_markup() {
        let cases = [
            ("", ""),
            ("a & b", "a &amp; b"),
            ("`<b>` \"x\"", "<code>&lt;b&gt;</code> &quot;x&quot;"),
            ("open `end", "open <code>end</code>"),
        ];
        for (text, expected) in cases {
            assert_eq!(prose(text), expected, "{text}");
        }
    }
}
