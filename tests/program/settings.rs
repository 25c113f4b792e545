//! Settings: flags before variables before a file, and nothing that nobody knows.

use expect_test::{Expect, expect};

use super::{Result, Shop};

/// Runs the program with variables and a file of settings.
fn check(
    variables: &[(&str, &str)],
    file: &str,
    arguments: &[&str],
    expected: Expect,
) -> Result<()> {
    let shop = Shop::empty()?;
    let path = shop.folder.path().join("shop.toml");
    std::fs::write(&path, file)?;
    let mut program = shop.program();
    program.env_remove("TILLBOOK_DB").env("TILLBOOK_CONFIG", &path);
    let output = program.envs(variables.iter().copied()).args(arguments).output()?;
    let mut told = String::from_utf8(output.stdout)?;
    for line in String::from_utf8(output.stderr)?.lines() {
        told.push_str(&format!("! {line}\n"));
    }
    if !output.status.success() {
        told.push_str(&format!("exit status {:?}\n", output.status.code()));
    }
    expected.assert_eq(&told.replace(&path.display().to_string(), "SHOP.TOML"));
    Ok(())
}

#[test]
fn every_setting_is_printed_with_its_source() -> Result<()> {
    let print = ["config", "print"];
    check(&[], "", &print, expect![[]])?;
    let file = "\
        listen = \"127.0.0.1:5000\"\nconnections = 64\nforwarded = true\nlog-level = \"warn\"\n\
        mount = [\"portos=/api\"]\ncors-origin = [\"https://a.example\", \"https://b.example\"]\n";
    let variables = [("TILLBOOK_CONNECTIONS", "32"), ("TILLBOOK_LOG_LEVEL", "")];
    let flags = ["--db", "mine.db", "--forwarded=false"];
    check(&variables, file, &[&print[..], &flags].concat(), expect![[]])
}

#[test]
fn what_nobody_knows_is_refused() -> Result<()> {
    check(&[("TILLBOOK_LISTN", "x")], "", &["serve"], expect![[]])?;
    check(&[("TILLBOOK_KILLS", "9")], "", &["find", "ada"], expect![[]])?;
    check(&[], "tls_key = \"x\"", &["serve"], expect![[]])?;
    check(&[], "parent = \"x\"", &["config", "print"], expect![[]])?;
    check(&[], "listen = [\"a\", \"b\"]", &["serve"], expect![[]])?;
    check(&[], "listen = ", &["serve"], expect![[]])?;
    check(&[], "", &["serve", "--config", "no-such.toml"], expect![[]])
}

#[test]
fn what_cannot_be_is_refused() -> Result<()> {
    check(&[("TILLBOOK_LISTEN", "shop")], "", &["serve"], expect![[]])?;
    check(&[], "connections = 0", &["serve"], expect![[]])?;
    check(&[], "", &["serve", "--mount", "portos=api"], expect![[]])?;
    check(&[], "", &["serve", "--mount", "tratta=/api"], expect![[]])?;
    check(&[], "", &["serve", "--cors-origin", "*"], expect![[]])?;
    check(&[], "", &["serve", "--log-level", "all"], expect![[]])?;
    check(&[], "", &["serve", "--forwarded=yes"], expect![[]])?;
    check(&[], "", &["serve", "--tls-key", "shop.key"], expect![[]])?;
    check(&[], "", &["serve", "--tls-key", "k", "--tls-certificate", "no-such"], expect![[]])
}

#[test]
fn other_machines_are_served_in_the_clear_by_name_only() -> Result<()> {
    check(&[], "", &["serve", "--listen", "0.0.0.0:4000"], expect![[]])?;
    check(&[], "listen = \"[::]:4000\"", &["serve"], expect![[]])?;
    let allowed = ["config", "print", "--listen", "0.0.0.0:0", "--allow-plain-http"];
    check(&[], "", &allowed, expect![[]])
}

#[test]
fn a_port_in_use_is_named() -> Result<()> {
    let shop = Shop::empty()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let output = shop.run(&["serve", "--listen", &address])?;
    assert_eq!(output.status.code(), Some(1));
    expect![[]].assert_eq(&String::from_utf8(output.stderr)?.replace(&address, "ADDRESS"));
    Ok(())
}
