//! The example building with a service of its own, and a fire in its kitchen.

use std::path::{Path, PathBuf};

use crate::device::{Device, soon};
use crate::service::{Home, Service, Via, free_port};

pub struct Building {
    pub service: Service,
    devices: Device,
    said: u32,
    _home: Home,
}

impl Building {
    pub async fn new() -> Self {
        Self::with(|text| text).await
    }

    /// With a site file that says something else.
    pub async fn with(said: impl Fn(String) -> String) -> Self {
        let port = free_port();
        let home = Home::new(&files(said), Via::Embedded(port));
        let service = Service::up(&home, None).await;
        Self { service, devices: Device::new("kitchen", port), said: 0, _home: home }
    }

    /// Someone presses a call point, and heat and smoke rise where it burns.
    pub async fn burns(&mut self) {
        self.says("heat-3f-kitchen/reading", "temperature", "24").await;
        self.says("call-3f-west/alarm", "call_point", "true").await;
        self.says("smoke-3f-kitchen/reading", "smoke", "14").await;
        self.says("heat-3f-kitchen/reading", "temperature", "61").await;
    }

    /// One reading, which is stored when this returns.
    async fn says(&mut self, from: &str, quantity: &str, value: &str) {
        self.said += 1;
        let payload = format!(r#"{{"id":"{}","readings":{{"{quantity}":{value}}}}}"#, self.said);
        self.devices.publish(&format!("jikimi/v1/center/{from}"), payload);
        soon(self.devices.acknowledged(1)).await;
    }
}

/// The configuration that comes with jikimi, as far as it concerns the building.
fn files(said: impl Fn(String) -> String) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let read = |path: &Path| std::fs::read_to_string(root.join(path)).expect("a file");
    let site = PathBuf::from("sites/center.toml");
    let mut files = vec![(site.clone(), said(read(&site)))];
    for folder in ["rules", "situations"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let path = Path::new(folder).join(entry.expect("a file").file_name());
            files.push((path.clone(), read(&path)));
        }
    }
    files
}
