//! Settings: flags before variables before a file, and nothing that nobody knows.

use expect_test::{Expect, expect};

use super::{Result, Shop};

/// Variables, a file of settings, and arguments.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a [&'a str]);

/// Runs the program once for each case; below each stands what came of it.
fn check(cases: &[Case<'_>], expected: Expect) -> Result<()> {
    let mut told = String::new();
    for (variables, file, arguments) in cases {
        let shop = Shop::empty()?;
        let path = shop.folder.path().join("shop.toml");
        std::fs::write(&path, file)?;
        let mut program = shop.program();
        program.env_remove("TILLBOOK_DB").env("TILLBOOK_CONFIG", &path);
        let output = program.envs(variables.iter().copied()).args(*arguments).output()?;
        let set: String =
            variables.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        told.push_str(&format!("$ {set}tillbook {}\n", arguments.join(" ")));
        told.push_str(&String::from_utf8(output.stdout)?);
        for line in String::from_utf8(output.stderr)?.lines() {
            told.push_str(&format!("! {line}\n"));
        }
        if !output.status.success() {
            told.push_str(&format!("exit status {:?}\n", output.status.code()));
        }
        told = told.replace(&path.display().to_string(), "SHOP.TOML");
    }
    expected.assert_eq(&told);
    Ok(())
}

const PRINT: &[&str] = &["config", "print"];
const SERVE: &[&str] = &["serve"];

#[test]
fn every_setting_is_printed_with_its_source() -> Result<()> {
    let file = "\
        listen = \"127.0.0.1:5000\"\nconnections = 64\nforwarded = true\nlog-level = \"warn\"\n\
        mount = [\"portos=/api\"]\ncors-origin = [\"https://a.example\", \"https://b.example\"]\n";
    let variables = [("TILLBOOK_CONNECTIONS", "32"), ("TILLBOOK_LOG_LEVEL", "")];
    let flags = ["config", "print", "--db", "mine.db", "--forwarded=false"];
    check(
        &[(&[], "", PRINT), (&variables, file, &flags)],
        expect![[r#"
            $ tillbook config print
            SETTING           VALUE                                               FROM
            db                tillbook.db                                         default
            listen            127.0.0.1:4000                                      default
            tls-certificate   -                                                   default
            tls-key           -                                                   default
            allow-plain-http  false                                               default
            mount             portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1  default
            connections       256                                                 default
            forwarded         false                                               default
            cors-origin       -                                                   default
            parent            -                                                   default
            parent-key        -                                                   default
            parent-pin        -                                                   default
            parent-ca         -                                                   default
            log-level         info                                                default
            log-format        auto                                                default
            $ TILLBOOK_CONNECTIONS=32 TILLBOOK_LOG_LEVEL= tillbook config print --db mine.db --forwarded=false
            SETTING           VALUE                                FROM
            db                mine.db                              --db
            listen            127.0.0.1:5000                       SHOP.TOML
            tls-certificate   -                                    default
            tls-key           -                                    default
            allow-plain-http  false                                default
            mount             portos=/api                          SHOP.TOML
            connections       32                                   TILLBOOK_CONNECTIONS
            forwarded         false                                --forwarded
            cors-origin       https://a.example,https://b.example  SHOP.TOML
            parent            -                                    default
            parent-key        -                                    default
            parent-pin        -                                    default
            parent-ca         -                                    default
            log-level         warn                                 SHOP.TOML
            log-format        auto                                 default
        "#]],
    )
}

#[test]
fn what_nobody_knows_is_refused() -> Result<()> {
    let cases: &[Case<'_>] = &[
        (&[("TILLBOOK_LISTN", "x")], "", SERVE),
        (&[("TILLBOOK_KILLS", "9")], "", &["find", "ada"]),
        (&[], "tls_key = \"x\"", SERVE),
        (&[], "parrent = \"x\"", PRINT),
        (&[], "listen = [\"a\", \"b\"]", SERVE),
        (&[], "listen = ", SERVE),
    ];
    check(
        cases,
        expect![[r#"
        $ TILLBOOK_LISTN=x tillbook serve
        ! tillbook: the variable TILLBOOK_LISTN is no setting
        ! hint: the nearest one is TILLBOOK_LISTEN; `tillbook serve --help` has them all
        exit status Some(2)
        $ TILLBOOK_KILLS=9 tillbook find ada
        ! tillbook: the variable TILLBOOK_KILLS is no setting
        ! hint: `tillbook serve --help` has them all
        exit status Some(2)
        $ tillbook serve
        ! tillbook: `tls_key` in SHOP.TOML is no setting
        ! hint: the nearest one is tls-key; `tillbook serve --help` has them all
        exit status Some(2)
        $ tillbook config print
        ! tillbook: `parrent` in SHOP.TOML is no setting
        ! hint: the nearest one is parent; `tillbook serve --help` has them all
        exit status Some(2)
        $ tillbook serve
        ! tillbook: `listen` in SHOP.TOML has no value that fits
        ! hint: a value is a text, a number, true, false, or a list of texts
        exit status Some(2)
        $ tillbook serve
        ! tillbook: SHOP.TOML is no TOML: TOML parse error at line 1, column 10
        !   |
        ! 1 | listen = 
        !   |          ^
        ! string values must be quoted, expected literal string
        ! hint: a line is like: listen = "127.0.0.1:4000"
        exit status Some(2)
    "#]],
    )
}

#[test]
fn what_cannot_be_is_refused() -> Result<()> {
    let cases: &[Case<'_>] = &[
        (&[("TILLBOOK_LISTEN", "shop")], "", SERVE),
        (&[], "connections = 0", SERVE),
        (&[], "", &["serve", "--mount", "portos=api"]),
        (&[], "", &["serve", "--mount", "till=/api"]),
        (&[], "", &["serve", "--cors-origin", "*"]),
        (&[], "", &["serve", "--log-level", "all"]),
        (&[], "", &["serve", "--forwarded=yes"]),
        (&[], "", &["serve", "--tls-key", "shop.key"]),
        (&[], "", &["serve", "--tls-key", "shop.toml", "--tls-certificate", "shop.toml"]),
    ];
    check(
        cases,
        expect![[r#"
        $ TILLBOOK_LISTEN=shop tillbook serve
        ! tillbook: listen cannot be `shop` (from TILLBOOK_LISTEN)
        ! hint: write an address and a port: 127.0.0.1:4000, 0.0.0.0:4000 for every address of this machine, [::1]:4000
        exit status Some(2)
        $ tillbook serve
        ! tillbook: connections cannot be `0` (from SHOP.TOML)
        ! hint: write a number from 1 to 65536
        exit status Some(2)
        $ tillbook serve --mount portos=api
        ! tillbook: mount `portos=api`: a path begins with a slash; `off` switches the dialect off
        ! hint: the value comes from --mount
        exit status Some(2)
        $ tillbook serve --mount till=/api
        ! tillbook: mount `till=/api`: the dialects are portos, tratta, synctera, sync
        ! hint: the value comes from --mount
        exit status Some(2)
        $ tillbook serve --cors-origin *
        ! tillbook: cors-origin `*`: write a scheme and a host, as in https://office.example
        ! hint: the value comes from --cors-origin
        exit status Some(2)
        $ tillbook serve --log-level all
        ! tillbook: log-level cannot be `all` (from --log-level)
        ! hint: write off, error, warn, info or debug
        exit status Some(2)
        $ tillbook serve --forwarded=yes
        ! tillbook: forwarded cannot be `yes` (from --forwarded)
        ! hint: write true or false
        exit status Some(2)
        $ tillbook serve --tls-key shop.key
        ! tillbook: tls-key is there without tls-certificate
        ! hint: --tls-certificate FILE names the certificate
        exit status Some(2)
        $ tillbook serve --tls-key shop.toml --tls-certificate shop.toml
        ! tillbook: no TLS: shop.toml: holds no certificate in PEM
        ! hint: the certificate and its private key are files in PEM, which begin with -----BEGIN
        exit status Some(1)
    "#]],
    )
}

#[test]
fn half_of_a_setting_is_printed_and_refused() -> Result<()> {
    let cases: &[Case<'_>] = &[
        (&[], "", &["config", "print", "--tls-certificate", "shop.pem"]),
        (&[KEY], "parent = \"http://127.0.0.1:1\"", PRINT),
    ];
    check(
        cases,
        expect![[r#"
            $ tillbook config print --tls-certificate shop.pem
            SETTING           VALUE                                               FROM
            db                tillbook.db                                         default
            listen            127.0.0.1:4000                                      default
            tls-certificate   shop.pem                                            --tls-certificate
            tls-key           -                                                   default
            allow-plain-http  false                                               default
            mount             portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1  default
            connections       256                                                 default
            forwarded         false                                               default
            cors-origin       -                                                   default
            parent            -                                                   default
            parent-key        -                                                   default
            parent-pin        -                                                   default
            parent-ca         -                                                   default
            log-level         info                                                default
            log-format        auto                                                default
            ! tillbook: tls-certificate is there without tls-key
            ! hint: --tls-key FILE names the private key of the certificate
            exit status Some(2)
            $ TILLBOOK_PARENT_KEY=1c663cf4d73c4c04.5f0a tillbook config print
            SETTING           VALUE                                               FROM
            db                tillbook.db                                         default
            listen            127.0.0.1:4000                                      default
            tls-certificate   -                                                   default
            tls-key           -                                                   default
            allow-plain-http  false                                               default
            mount             portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1  default
            connections       256                                                 default
            forwarded         false                                               default
            cors-origin       -                                                   default
            parent            http://127.0.0.1:1                                  SHOP.TOML
            parent-key        (not shown)                                         TILLBOOK_PARENT_KEY
            parent-pin        -                                                   default
            parent-ca         -                                                   default
            log-level         info                                                default
            log-format        auto                                                default
        "#]],
    )
}

/// The key of a parent.
const KEY: (&str, &str) = ("TILLBOOK_PARENT_KEY", "1c663cf4d73c4c04.5f0a");

#[test]
fn a_parent_that_cannot_be_is_refused() -> Result<()> {
    let pin = ["serve", "--parent", "https://centre.example", "--parent-pin", "sha256/x"];
    let cases: &[Case<'_>] = &[
        (&[], "", &["serve", "--parent", "http://127.0.0.1:1"]),
        (&[KEY], "", SERVE),
        (&[KEY], "", &pin),
        (&[KEY], "", &["serve", "--parent", "centre.example"]),
        (&[KEY], "", &["serve", "--parent", "http://centre.example"]),
        (&[], "", &["sync", "now"]),
    ];
    check(
        cases,
        expect![[r#"
        $ tillbook serve --parent http://127.0.0.1:1
        ! tillbook: parent is there without parent-key
        ! hint: at the parent, `tillbook key add NAME --right sync` makes a key for this file; TILLBOOK_PARENT_KEY or a file of settings keeps it out of the list of processes
        exit status Some(2)
        $ TILLBOOK_PARENT_KEY=1c663cf4d73c4c04.5f0a tillbook serve
        ! tillbook: parent-key is there without parent
        ! hint: --parent URL says where the parent is
        exit status Some(2)
        $ TILLBOOK_PARENT_KEY=1c663cf4d73c4c04.5f0a tillbook serve --parent https://centre.example --parent-pin sha256/x
        ! tillbook: pin must be `sha256/` and 44 characters of base64
        ! hint: the value comes from --parent-pin
        exit status Some(2)
        $ TILLBOOK_PARENT_KEY=1c663cf4d73c4c04.5f0a tillbook serve --parent centre.example
        ! tillbook: parent: url must begin with https:// or http://: centre.example
        ! hint: the value comes from --parent
        exit status Some(2)
        $ TILLBOOK_PARENT_KEY=1c663cf4d73c4c04.5f0a tillbook serve --parent http://centre.example
        ! tillbook: parent centre.example:80 is another machine, and without TLS whoever is on the network can read the key and the customers
        ! hint: write https://; --allow-plain-http goes without
        exit status Some(2)
        $ tillbook sync now
        ! tillbook: nobody says who the parent is
        ! hint: --parent URL and --parent-key KEY do, or TILLBOOK_PARENT and TILLBOOK_PARENT_KEY
        exit status Some(2)
    "#]],
    )
}

#[test]
fn other_machines_are_served_in_the_clear_by_name_only() -> Result<()> {
    let cases: &[Case<'_>] = &[
        (&[], "", &["serve", "--listen", "0.0.0.0:4000"]),
        (&[], "listen = \"[::]:4000\"", SERVE),
        (&[], "", &["config", "print", "--listen", "0.0.0.0:0", "--allow-plain-http"]),
    ];
    check(
        cases,
        expect![[r#"
            $ tillbook serve --listen 0.0.0.0:4000
            ! tillbook: 0.0.0.0:4000 is open to other machines, and without TLS whoever is on the network can read keys and customers
            ! hint: --tls-certificate FILE and --tls-key FILE encrypt; --allow-plain-http goes without; 127.0.0.1 serves this machine alone
            exit status Some(2)
            $ tillbook serve
            ! tillbook: [::]:4000 is open to other machines, and without TLS whoever is on the network can read keys and customers
            ! hint: --tls-certificate FILE and --tls-key FILE encrypt; --allow-plain-http goes without; 127.0.0.1 serves this machine alone
            exit status Some(2)
            $ tillbook config print --listen 0.0.0.0:0 --allow-plain-http
            SETTING           VALUE                                               FROM
            db                tillbook.db                                         default
            listen            0.0.0.0:0                                           --listen
            tls-certificate   -                                                   default
            tls-key           -                                                   default
            allow-plain-http  true                                                --allow-plain-http
            mount             portos=/,tratta=/api/v1,synctera=/v0,sync=/sync/v1  default
            connections       256                                                 default
            forwarded         false                                               default
            cors-origin       -                                                   default
            parent            -                                                   default
            parent-key        -                                                   default
            parent-pin        -                                                   default
            parent-ca         -                                                   default
            log-level         info                                                default
            log-format        auto                                                default
        "#]],
    )
}

#[test]
fn a_port_in_use_is_named() -> Result<()> {
    let shop = Shop::empty()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let output = shop.run(&["serve", "--listen", &address])?;
    assert_eq!(output.status.code(), Some(1));
    expect![[r#"
        tillbook: ADDRESS is in use by another program
        hint: --listen 127.0.0.1:0 takes any free port
    "#]]
    .assert_eq(&String::from_utf8(output.stderr)?.replace(&address, "ADDRESS"));
    Ok(())
}

#[test]
fn a_file_of_settings_that_is_not_there_is_named() -> Result<()> {
    let output = Shop::empty()?.run(&["serve", "--config", "no-such.toml"])?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.contains("no-such.toml cannot be read"));
    Ok(())
}
