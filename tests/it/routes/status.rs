//! How the door is and what it has counted.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use tillbook::CustomerId;

use super::served::Served;

/// The samples of a text of Prometheus by name and labels; panics where it breaks the form.
fn samples(text: &str) -> BTreeMap<String, String> {
    let mut samples = BTreeMap::new();
    let mut typed: BTreeMap<&str, &str> = BTreeMap::new();
    assert!(text.ends_with('\n'), "the last line has an end");
    for line in text.lines() {
        if let Some(told) = line.strip_prefix("# TYPE ") {
            let (name, kind) = told.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(typed.insert(name, kind).is_none(), "{name} is typed twice");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        assert!(labels.ends_with('}'), "{line}");
        let is_number = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        assert!(is_number && !value.is_empty(), "{line}");
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let family = family.filter(|family| typed.get(family) == Some(&"histogram"));
        assert!(typed.contains_key(family.unwrap_or(name)), "{name} has no type");
        assert!(samples.insert(series.to_owned(), value.to_owned()).is_none(), "{series} twice");
    }
    samples
}

#[test]
fn what_was_asked_is_counted() {
    let served = Served::start();
    let admin = Some(served.admin.as_str());
    for (path, key) in [
        ("/customers/ada", admin),
        ("/customers/ada", admin),
        ("/customers/nobody", admin),
        ("/customers/ada", None),
        ("/customers/ada", Some("no.key")),
        ("/metrics", Some(served.reader.as_str())),
        ("/nowhere", admin),
    ] {
        served.get(path, key);
    }
    let told = served.get("/metrics", admin);
    assert_eq!(told.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let samples = samples(told.text());
    let took = "tillbook_http_request_duration_seconds";
    let card = "dialect=\"portos\",method=\"GET\",route=\"/customers/{id}\"";
    let expected = [
        (format!("{took}_count{{{card},status=\"2xx\"}}"), "2"),
        (format!("{took}_count{{{card},status=\"4xx\"}}"), "3"),
        (format!("{took}_bucket{{{card},status=\"2xx\",le=\"+Inf\"}}"), "2"),
        (
            format!("{took}_count{{dialect=\"portos\",method=\"-\",route=\"-\",status=\"4xx\"}}"),
            "1",
        ),
        ("tillbook_http_refusals_total{reason=\"not_found\"}".to_owned(), "1"),
        ("tillbook_http_refusals_total{reason=\"no_route\"}".to_owned(), "1"),
        ("tillbook_http_refusals_total{reason=\"forbidden\"}".to_owned(), "1"),
        ("tillbook_http_refusals_total{reason=\"unauthenticated\"}".to_owned(), "2"),
        ("tillbook_http_refusals_total{reason=\"fault\"}".to_owned(), "0"),
        ("tillbook_sign_ins_failed_total".to_owned(), "2"),
        ("tillbook_http_requests_in_flight".to_owned(), "1"),
        // A customer, a deposit and a spend; before them two keys, which are no operations.
        ("tillbook_operations_total".to_owned(), "3"),
        ("tillbook_commits_total".to_owned(), "5"),
        ("tillbook_customers".to_owned(), "1"),
        ("tillbook_writer_open".to_owned(), "1"),
    ];
    for (name, value) in expected {
        assert_eq!(samples.get(&name).map(String::as_str), Some(value), "{name}");
    }
    let size = |name: &str| samples[name].parse::<u64>().unwrap();
    assert_eq!(size("tillbook_database_bytes"), fs::metadata(served.db()).unwrap().len());
    assert!(size("tillbook_wal_bytes") > 0 && size("tillbook_disk_free_bytes") > 0);
}

#[test]
fn a_door_is_ready_while_it_takes_writes() {
    let served = Served::start();
    let checks = || {
        let told = served.get("/ready", None);
        let checks = told.json()["checks"].clone();
        let of = |name: &str| checks[name]["isOk"].as_bool().unwrap();
        (told.status, [of("schema"), of("writer"), of("disk")])
    };
    assert_eq!(checks(), (200, [true, true, true]));
    // Somebody puts another file in the place of ours.
    let other = served.folder.path().join("other.db");
    fs::copy(served.db(), &other).unwrap();
    fs::rename(&other, served.db()).unwrap();
    assert_eq!(checks(), (503, [true, false, true]), "before any write has found out");
    let ada = CustomerId::new("ada").unwrap();
    assert!(served.store.write(|tx| tx.delete_customer(&ada, None)).is_err());
    assert_eq!(checks(), (503, [true, false, true]));
    let told = served.get("/ready", None);
    assert_eq!(told.json()["isReady"], json!(false));
    assert!(!told.text().contains("shop.db"), "everybody reads this: {}", told.text());
    let metrics = served.get("/metrics", Some(&served.admin));
    assert_eq!(samples(metrics.text())["tillbook_writer_open"], "0");
    assert_eq!(served.get("/health", None).status, 200, "the process is up all the same");
}

#[test]
fn only_the_counters_need_a_right() {
    let served = Served::start();
    let (admin, reader) = (Some(served.admin.as_str()), Some(served.reader.as_str()));
    let cases = [
        ("GET", "/health", [200, 200, 200]),
        ("GET", "/ready", [200, 200, 200]),
        ("GET", "/openapi.json", [200, 200, 200]),
        ("GET", "/docs", [200, 200, 200]),
        ("GET", "/metrics", [401, 403, 200]),
        ("HEAD", "/health", [200, 200, 200]),
        // Where everybody may read, everybody may know that there is no other method.
        ("POST", "/health", [405, 405, 405]),
        ("POST", "/metrics", [401, 405, 405]),
        ("GET", "/nowhere", [401, 404, 404]),
    ];
    for (method, path, expected) in cases {
        let told = [None, reader, admin].map(|key| served.ask(method, path, key, &[], "").status);
        assert_eq!(told, expected, "{method} {path}");
    }
}
