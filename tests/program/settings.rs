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
    check(
        &[],
        "",
        &print,
        expect![[r#"
        SETTING           VALUE           FROM
        db                tillbook.db     default
        listen            127.0.0.1:4000  default
        tls-certificate   -               default
        tls-key           -               default
        allow-plain-http  false           default
        mount             portos=/        default
        connections       256             default
        forwarded         false           default
        cors-origin       -               default
        log-level         info            default
        log-format        auto            default
    "#]],
    )?;
    let file = "\
        listen = \"127.0.0.1:5000\"\nconnections = 64\nforwarded = true\nlog-level = \"warn\"\n\
        mount = [\"portos=/api\"]\ncors-origin = [\"https://a.example\", \"https://b.example\"]\n";
    let variables = [("TILLBOOK_CONNECTIONS", "32"), ("TILLBOOK_LOG_LEVEL", "")];
    let flags = ["--db", "mine.db", "--forwarded=false"];
    check(
        &variables,
        file,
        &[&print[..], &flags].concat(),
        expect![[r#"
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
        log-level         warn                                 SHOP.TOML
        log-format        auto                                 default
    "#]],
    )
}

#[test]
fn what_nobody_knows_is_refused() -> Result<()> {
    check(
        &[("TILLBOOK_LISTN", "x")],
        "",
        &["serve"],
        expect![[r#"
        ! tillbook: the variable TILLBOOK_LISTN is no setting
        ! hint: the nearest one is TILLBOOK_LISTEN; `tillbook serve --help` has them all
        exit status Some(2)
    "#]],
    )?;
    check(
        &[("TILLBOOK_KILLS", "9")],
        "",
        &["find", "ada"],
        expect![[r#"
        ! tillbook: the variable TILLBOOK_KILLS is no setting
        ! hint: `tillbook serve --help` has them all
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "tls_key = \"x\"",
        &["serve"],
        expect![[r#"
        ! tillbook: `tls_key` in SHOP.TOML is no setting
        ! hint: the nearest one is tls-key; `tillbook serve --help` has them all
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "parent = \"x\"",
        &["config", "print"],
        expect![[r#"
        ! tillbook: `parent` in SHOP.TOML is no setting
        ! hint: `tillbook serve --help` has them all
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "listen = [\"a\", \"b\"]",
        &["serve"],
        expect![[r#"
        ! tillbook: `listen` in SHOP.TOML has no value that fits
        ! hint: a value is a text, a number, true, false, or a list of texts
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "listen = ",
        &["serve"],
        expect![[r#"
        ! tillbook: SHOP.TOML is no TOML: TOML parse error at line 1, column 10
        !   |
        ! 1 | listen = 
        !   |          ^
        ! string values must be quoted, expected literal string
        ! hint: a line is like: listen = "127.0.0.1:4000"
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--config", "no-such.toml"],
        expect![[r#"
        ! tillbook: the settings in no-such.toml cannot be read: No such file or directory (os error 2)
        ! hint: --config and TILLBOOK_CONFIG name the file of settings; none is needed
        exit status Some(2)
    "#]],
    )
}

#[test]
fn what_cannot_be_is_refused() -> Result<()> {
    check(
        &[("TILLBOOK_LISTEN", "shop")],
        "",
        &["serve"],
        expect![[r#"
        ! tillbook: listen cannot be `shop` (from TILLBOOK_LISTEN)
        ! hint: write an address and a port: 127.0.0.1:4000, 0.0.0.0:4000 for every address of this machine, [::1]:4000
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "connections = 0",
        &["serve"],
        expect![[r#"
        ! tillbook: connections cannot be `0` (from SHOP.TOML)
        ! hint: write a number from 1 to 65536
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--mount", "portos=api"],
        expect![[r#"
        ! tillbook: mount `portos=api`: a path begins with a slash; `off` switches the dialect off
        ! hint: the value comes from --mount
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--mount", "tratta=/api"],
        expect![[r#"
        ! tillbook: mount `tratta=/api`: the dialects are portos
        ! hint: the value comes from --mount
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--cors-origin", "*"],
        expect![[r#"
        ! tillbook: cors-origin `*`: write a scheme and a host, as in https://office.example
        ! hint: the value comes from --cors-origin
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--log-level", "all"],
        expect![[r#"
        ! tillbook: log-level cannot be `all` (from --log-level)
        ! hint: write off, error, warn, info or debug
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--forwarded=yes"],
        expect![[r#"
        ! tillbook: forwarded cannot be `yes` (from --forwarded)
        ! hint: write true or false
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--tls-key", "shop.key"],
        expect![[r#"
        ! tillbook: tls-key is there without tls-certificate
        ! hint: --tls-certificate FILE names the certificate
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "",
        &["serve", "--tls-key", "k", "--tls-certificate", "no-such"],
        expect![[r#"
        ! tillbook: no TLS: no-such: I/O error: No such file or directory (os error 2)
        ! hint: the certificate and its private key are files in PEM, which begin with -----BEGIN
        exit status Some(1)
    "#]],
    )
}

#[test]
fn other_machines_are_served_in_the_clear_by_name_only() -> Result<()> {
    check(
        &[],
        "",
        &["serve", "--listen", "0.0.0.0:4000"],
        expect![[r#"
        ! tillbook: 0.0.0.0:4000 is open to other machines, and without TLS whoever is on the network can read keys and customers
        ! hint: --tls-certificate FILE and --tls-key FILE encrypt; --allow-plain-http goes without; 127.0.0.1 serves this machine alone
        exit status Some(2)
    "#]],
    )?;
    check(
        &[],
        "listen = \"[::]:4000\"",
        &["serve"],
        expect![[r#"
        ! tillbook: [::]:4000 is open to other machines, and without TLS whoever is on the network can read keys and customers
        ! hint: --tls-certificate FILE and --tls-key FILE encrypt; --allow-plain-http goes without; 127.0.0.1 serves this machine alone
        exit status Some(2)
    "#]],
    )?;
    let allowed = ["config", "print", "--listen", "0.0.0.0:0", "--allow-plain-http"];
    check(
        &[],
        "",
        &allowed,
        expect![[r#"
        SETTING           VALUE        FROM
        db                tillbook.db  default
        listen            0.0.0.0:0    --listen
        tls-certificate   -            default
        tls-key           -            default
        allow-plain-http  true         --allow-plain-http
        mount             portos=/     default
        connections       256          default
        forwarded         false        default
        cors-origin       -            default
        log-level         info         default
        log-format        auto         default
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
