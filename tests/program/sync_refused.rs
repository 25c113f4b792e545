//! A parent that refuses, that is not there, or that is somebody else: what a person reads.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use expect_test::{Expect, expect};

use super::certificate::Certificate;
use super::client::Serving;
use super::sync::{key_of, status};
use super::{Result, Shop};

/// Asks for a round with these flags; below stands what came of it, with what changes taken out.
fn check(till: &Shop, flags: &[&str], hidden: &[(&str, &str)], expected: Expect) -> Result<()> {
    let told = till.run(&[&["sync", "now"], flags].concat())?;
    let text = [told.stdout, told.stderr].concat();
    let mut text = format!("{}exit status {:?}\n", String::from_utf8(text)?, told.status.code());
    for (hide, name) in hidden {
        text = text.replace(hide, name);
    }
    expected.assert_eq(&text);
    Ok(())
}

#[test]
fn a_key_opens_for_one_till_alone() -> Result<()> {
    let centre = Shop::empty()?;
    let serving = Serving::start(&centre, &[])?;
    let url = format!("http://{}", serving.address);
    let key = key_of(&centre, "till-1")?;
    let office = serving.key().ok_or("no key")?;
    let (one, two) = (Shop::empty()?, Shop::empty()?);
    assert!(one.run(&["sync", "now", "--parent", &url, "--parent-key", &key])?.status.success());
    let with = |key| vec!["--parent", url.as_str(), "--parent-key", key];
    check(
        &two,
        &with(&key),
        &[],
        expect![[r#"
            tillbook: the parent refuses: the key is that of another node; make one key for each till
            hint: every till has a key of its own: at the parent, `tillbook key add NAME --right sync` makes one for this file; write it after --parent-key
            exit status Some(1)
        "#]],
    )?;
    check(
        &two,
        &with("1c663cf4d73c4c04.5f0a"),
        &[],
        expect![[r#"
            tillbook: the parent refuses: the key is unknown or was revoked
            hint: the parent knows no such key, or it was revoked there; look at --parent-key
            exit status Some(1)
        "#]],
    )?;
    check(
        &two,
        &with(&office),
        &[],
        expect![[r#"
            tillbook: the parent refuses: the key lacks the right sync
            hint: the key lacks the right: at the parent, `tillbook key add NAME --right sync` makes one
            exit status Some(1)
        "#]],
    )?;
    assert_eq!(status(&two)?["role"], "root", "it was not taken for a child");
    let told = Serving::start(&one, &[])?.told();
    assert!(told.contains("  parent  not named: what is written here waits"), "{told}");
    let path = format!("{url}/elsewhere");
    check(
        &two,
        &["--parent", &path, "--parent-key", &key],
        &[],
        expect![[r#"
            tillbook: the parent refuses: There is no such route.
            hint: --parent names the address of a `tillbook serve` that has sync at /sync/v1
            exit status Some(1)
        "#]],
    )?;
    serving.kill()?;
    let address = serving.address.to_string();
    check(
        &two,
        &with(&key),
        &[(&address, "ADDRESS")],
        expect![[r#"
            tillbook: ADDRESS cannot be reached: Connection refused (os error 111)
            hint: nothing is lost: what was written here waits, and goes up when the parent can be reached
            exit status Some(1)
        "#]],
    )
}

#[test]
fn a_parent_is_known_by_its_pin() -> Result<()> {
    let (own, other) = (Certificate::make()?, Certificate::make()?);
    let centre = Shop::empty()?;
    let (file, secret) = (own.file().display().to_string(), own.key().display().to_string());
    let serving = Serving::start(&centre, &["--tls-certificate", &file, "--tls-key", &secret])?;
    let told = serving.told();
    let pin = told.lines().find_map(|line| line.trim().strip_prefix("pin     ")).ok_or("no pin")?;
    let foreign = tillbook::sync::client::Pin::of_file(&other.file())?.to_string();
    let url = format!("https://localhost:{}", serving.address.port());
    let key = key_of(&centre, "till")?;
    let with = |more: &[&'static str]| -> Vec<String> {
        let all = ["--parent", &url, "--parent-key", &key];
        all.iter().chain(more).map(|&text| text.to_owned()).collect()
    };
    let run = |till: &Shop, more: &[&str]| -> Result<bool> {
        let all = ["sync", "now", "--parent", &url, "--parent-key", &key];
        Ok(till.run(&[&all, more].concat())?.status.success())
    };
    let till = Shop::empty()?;
    let unknown = with(&[]);
    let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
    check(
        &till,
        &unknown,
        &[],
        expect![[r#"
            tillbook: no TLS: invalid peer certificate: UnknownIssuer
            hint: --parent-pin PIN takes the key that the parent prints at its start; --parent-ca FILE trusts another authority
            exit status Some(1)
        "#]],
    )?;
    check(
        &till,
        &[&unknown[..], &["--parent-pin", &foreign]].concat(),
        &[(pin, "PIN"), (&foreign, "FOREIGN")],
        expect![[r#"
            tillbook: FOREIGN is the pinned key of the parent, but PIN is the key of who answers; pin the latter only if the parent itself says that this is its new one
            hint: if the parent itself prints this pin at its start, write --parent-pin PIN; otherwise somebody else answers in its place
            exit status Some(1)
        "#]],
    )?;
    assert!(run(&till, &["--parent-pin", pin])?);
    assert!(!run(&till, &[])?, "a pin that was given is not remembered");
    assert!(run(&till, &["--parent-ca", &file])?);
    assert!(run(&till, &[])?, "a key that a valid certificate has shown is remembered");
    Ok(())
}

/// A parent that says one thing to everybody.
fn saying(status: &str, body: String) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for wire in listener.incoming().map_while(std::result::Result::ok) {
            let mut wire = wire;
            let mut bytes = [0; 4096];
            let _ = wire.read(&mut bytes);
            let _ = wire.write_all(answer.as_bytes());
        }
    });
    Ok(url)
}

#[test]
fn versions_that_do_not_fit_are_told_apart() -> Result<()> {
    let till = Shop::empty()?;
    let detail = "this node speaks version 2 of the protocol, the child speaks 1 to 1";
    let newer = saying(
        "400 Bad Request",
        format!("{{\"title\":\"Bad Request\",\"code\":\"protocol\",\"detail\":\"{detail}\"}}"),
    )?;
    check(
        &till,
        &["--parent", &newer, "--parent-key", "a.b"],
        &[],
        expect![[r#"
            tillbook: the parent refuses: this node speaks version 2 of the protocol, the child speaks 1 to 1
            hint: update the older of the two programs, the parent first
            exit status Some(1)
        "#]],
    )?;
    let node = "00".repeat(16);
    let session = format!(
        "{{\"protocol\":9,\"node\":\"{node}\",\"root\":\"{node}\",\"root_epoch\":\"0\",\"received\":[],\
         \"root_received\":[],\"server_time\":\"2026-01-01T00:00:00.000Z\"}}"
    );
    let other = saying("200 OK", session)?;
    check(
        &till,
        &["--parent", &other, "--parent-key", "a.b"],
        &[],
        expect![[r#"
            tillbook: it cannot be a child: the parent speaks version 9 of the protocol
            hint: the file can go on by itself; look at --parent, which must be above this file
            exit status Some(1)
        "#]],
    )?;
    let moved = saying("301 Moved Permanently\r\nLocation: https://elsewhere", String::new())?;
    check(
        &till,
        &["--parent", &moved, "--parent-key", "a.b"],
        &[],
        expect![[r#"
            tillbook: the parent refuses: status 301
            hint: the parent is somewhere else by now, and no key is sent after it: --parent names the address of the `tillbook serve` itself
            exit status Some(1)
        "#]],
    )?;
    let page = saying("200 OK", "<html>sign in first</html>".to_owned())?;
    check(
        &till,
        &["--parent", &page, "--parent-key", "a.b"],
        &[],
        expect![[r#"
            tillbook: the answer of the parent cannot be understood: line 1 must be a session: expected an object
            hint: --parent names the address of a `tillbook serve`
            exit status Some(1)
        "#]],
    )
}
