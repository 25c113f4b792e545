//! Forms: `application/x-www-form-urlencoded` with the brackets of PHP, read into the same value as
//! JSON (tratta.md 1.1).

use crate::http::failure::Failure;
use crate::http::json::{DEPTH_MAX, Json, Trouble};
use crate::query::url::{Encoded, pairs};

/// The type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A form has at most this many fields.
pub(super) const FIELDS_MAX: usize = 1_000;

/// Reads a form: an object of texts, of objects where names have brackets, `address[city]`, and of
/// lists where those are empty, `tags[]`. Of a name that is given twice the last one counts.
pub(super) fn read(body: &[u8]) -> Result<Json, Failure> {
    let malformed = |why: String| Err(super::refusal::malformed(why));
    let Ok(text) = std::str::from_utf8(body) else {
        return malformed("the body must be UTF-8".to_owned());
    };
    let mut form = Json::Object(Vec::new());
    for (n, pair) in pairs(text).enumerate() {
        if n == FIELDS_MAX {
            return malformed(format!("the body must have at most {FIELDS_MAX} fields"));
        }
        let decoded = |part: Encoded<'_>| part.decode();
        let (name, value) = match (decoded(pair.name), decoded(pair.value)) {
            (Ok(name), Ok(value)) => (name, value),
            (Err(at), _) | (_, Err(at)) => {
                return malformed(format!(
                    "the body must be percent-encoded UTF-8, which it is not at byte {at}"
                ));
            }
        };
        let steps = steps(&name);
        if steps.len() >= DEPTH_MAX {
            return malformed(format!("the body {}", Trouble::TooDeep));
        }
        if !name.is_empty() {
            *slot(&mut form, &steps) = Json::Text(value);
        }
    }
    Ok(form)
}

/// The value of the last parameter `name` of a query.
pub(super) fn last(query: &str, name: &str) -> Option<String> {
    let named = pairs(query).filter(|pair| pair.name.decode().is_ok_and(|known| known == name));
    // What does not decode is told as it stands, and is no number either.
    named.last().map(|pair| pair.value.decode().unwrap_or_else(|_| pair.value.raw.to_owned()))
}

/// `address[city]` is `address`, then `city`. Brackets that do not close are part of the name.
fn steps(name: &str) -> Vec<&str> {
    let split = || {
        let (first, rest) = name.strip_suffix(']')?.split_once('[')?;
        (!first.is_empty()).then(|| std::iter::once(first).chain(rest.split("][")).collect())
    };
    split().unwrap_or_else(|| vec![name])
}

/// The place that `steps` lead to from `form`; what stands in the way gives way to the later field.
fn slot<'f>(form: &'f mut Json, steps: &[&str]) -> &'f mut Json {
    let mut place = form;
    for (depth, step) in steps.iter().enumerate() {
        place = if step.is_empty() && depth > 0 { next(place) } else { member(place, step) };
    }
    place
}

/// A new element of the list at `place`.
fn next(place: &mut Json) -> &mut Json {
    if !matches!(place, Json::List(_)) {
        *place = Json::List(Vec::new());
    }
    if let Json::List(values) = place {
        values.push(Json::Null);
        let last = values.len() - 1;
        return &mut values[last];
    }
    place
}

/// The member `name` of the object at `place`.
fn member<'f>(place: &'f mut Json, name: &str) -> &'f mut Json {
    if !matches!(place, Json::Object(_)) {
        *place = Json::Object(Vec::new());
    }
    if let Json::Object(members) = place {
        let known = members.iter().position(|(known, _)| known == name);
        let at = known.unwrap_or(members.len());
        if known.is_none() {
            members.push((name.to_owned(), Json::Null));
        }
        return &mut members[at].1;
    }
    place
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(forms: &[&str], expected: Expect) {
        let told = forms.iter().map(|form| match read(form.as_bytes()) {
            Ok(json) => format!("{form}: {}\n", json.to_value()),
            Err(Failure::Named { detail, .. }) => format!("{form}: {detail}\n"),
            Err(other) => format!("{form}: {other:?}\n"),
        });
        expected.assert_eq(&told.collect::<String>());
    }

    #[test]
    fn brackets_nest() {
        check(
            &[
                "",
                "&&",
                "name=Juno+Hale&email=juno%40example.org",
                "name",
                "name=a=b",
                "=x",
                "name=a&name=b",
                "address[line1]=9+Mill+St&address%5Bcity%5D=X",
                "metadata[a][b]=1&metadata[a][c]=2",
                "tags[]=a&tags[]=b",
                "rows[][a]=1&rows[][a]=2",
                "address=x&address[city]=Y",
                "address[city]=Y&address=x",
                "tags[]=a&tags[k]=b",
                "metadata[]=",
                "metadata[k[1]]=x",
                "metadata[k",
                "metadatak]=1",
                "[a]=1",
                "[]=1",
                "a.b=1&a b=2",
                "name=\u{17d}",
            ],
            expect![[r#"
                : {}
                &&: {}
                name=Juno+Hale&email=juno%40example.org: {"email":"juno@example.org","name":"Juno Hale"}
                name: {"name":""}
                name=a=b: {"name":"a=b"}
                =x: {}
                name=a&name=b: {"name":"b"}
                address[line1]=9+Mill+St&address%5Bcity%5D=X: {"address":{"city":"X","line1":"9 Mill St"}}
                metadata[a][b]=1&metadata[a][c]=2: {"metadata":{"a":{"b":"1","c":"2"}}}
                tags[]=a&tags[]=b: {"tags":["a","b"]}
                rows[][a]=1&rows[][a]=2: {"rows":[{"a":"1"},{"a":"2"}]}
                address=x&address[city]=Y: {"address":{"city":"Y"}}
                address[city]=Y&address=x: {"address":"x"}
                tags[]=a&tags[k]=b: {"tags":{"k":"b"}}
                metadata[]=: {"metadata":[""]}
                metadata[k[1]]=x: {"metadata":{"k[1]":"x"}}
                metadata[k: {"metadata[k":""}
                metadatak]=1: {"metadatak]":"1"}
                [a]=1: {"[a]":"1"}
                []=1: {"[]":"1"}
                a.b=1&a b=2: {"a b":"2","a.b":"1"}
                name=Ž: {"name":"Ž"}
            "#]],
        );
    }

    #[test]
    fn what_is_no_form_is_said() {
        let deep = format!("a{}=1", "[a]".repeat(DEPTH_MAX - 2));
        let deeper = format!("a{}=1", "[a]".repeat(DEPTH_MAX - 1));
        assert!(read(deep.as_bytes()).is_ok());
        let many = "a=1&".repeat(FIELDS_MAX);
        assert!(read(many.as_bytes()).is_ok());
        let told = |body: &[u8]| match read(body) {
            Err(Failure::Named { detail, .. }) => detail + "\n",
            other => format!("{other:?}\n"),
        };
        let more = many + "b=1";
        let bodies: [&[u8]; 6] =
            [b"a=%", b"a=1&%zz=2", b"a=%FF", b"a=\xFF", deeper.as_bytes(), more.as_bytes()];
        expect![[r#"
            The body must be percent-encoded UTF-8, which it is not at byte 2.
            The body must be percent-encoded UTF-8, which it is not at byte 4.
            The body must be percent-encoded UTF-8, which it is not at byte 2.
            The body must be UTF-8.
            The body must nest at most 32 deep.
            The body must have at most 1000 fields.
        "#]]
        .assert_eq(&bodies.map(told).concat());
    }
}
