//! A start that fails leaves nothing behind.

use std::net::TcpListener;
use std::path::PathBuf;

use crate::service::{Home, Service, Via, tail};

#[tokio::test]
async fn a_taken_broker_port_is_found_out_before_anything_is_written() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let fire = "id = \"fire\"\nname = \"화재\"\nname_en = \"Fire\"\nscope = \"building\"\n";
    let site = "id = \"lab\"\nname = \"Lab\"\ntimezone = \"Asia/Seoul\"\n";
    let files = [("situations/fire.toml", fire), ("sites/lab.toml", site), ("rules/r.toml", "")];
    let files = files.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
    let home = Home::new(&files, Via::Embedded(port));
    assert!(Service::start(&home, None, None).await.is_none());
    let said = tail(&home.path("service.log"));
    assert!(said.contains(&format!("port {port} is in use on 127.0.0.1")), "{said}");
    assert!(!home.path("jikimi.db").exists(), "a database was made");
}
