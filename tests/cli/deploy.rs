//! What `deploy/` ships fits together: every file that one names is there, the settings are well,
//! and what can be linted here is.

use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

fn text(name: &str) -> String {
    let file = deploy().join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What a program says, or none with a printed line if it is not there.
fn said(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let Ok(done) = Command::new(program).args(arguments).output() else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    Some((done.status.success(), said.concat()))
}

#[test]
fn the_settings_of_production_are_well_with_the_rest_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    for entry in std::fs::read_dir(&config).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if entry.path().is_dir() {
            std::os::unix::fs::symlink(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    std::fs::copy(deploy().join("config/jikimi.toml"), folder.path().join("jikimi.toml")).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    let done = check.arg("check").arg(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    // What stands there in comments is well too, once it is said instead.
    let toml = text("config/jikimi.toml");
    let own = toml.split_once("# [broker]\n").unwrap().1.lines();
    let own: String = own.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    let service = toml.split_once("[mqtt]").unwrap().0;
    std::fs::write(folder.path().join("jikimi.toml"), format!("{service}[broker]\n{own}")).unwrap();
    let done = check.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn every_folder_of_the_configuration_reaches_the_machine_and_the_container() {
    let (readme, compose) = (text("README.md"), text("compose.yaml"));
    let copied = readme.lines().find(|line| line.ends_with(" /etc/jikimi/")).expect("a copy");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    for entry in std::fs::read_dir(config).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let mounted = format!("../config/{name}:/etc/jikimi/{name}:ro");
            assert!(compose.contains(&mounted), "compose.yaml leaves out {name}");
            let brought = copied.split(' ').any(|word| word == format!("config/{name}"));
            assert!(brought, "README.md leaves out {name}");
        }
    }
}

#[test]
fn the_unit_is_well_and_hardly_exposed() {
    let unit = text("jikimi.service");
    for wanted in ["Restart=always", "ProtectSystem=strict", "NoNewPrivileges=yes", "User=jikimi"] {
        assert!(unit.lines().any(|line| line == wanted), "{wanted}");
    }
    let file = deploy().join("jikimi.service").display().to_string();
    let Some((_, verified)) = said("systemd-analyze", &["verify", &file]) else { return };
    // The program is not installed on the machine of a test.
    let wrong: Vec<&str> = verified
        .lines()
        .filter(|line| line.contains("jikimi.service") && !line.contains("is not executable"))
        .collect();
    assert_eq!(wrong, Vec::<&str>::new());
    let offline = ["security", "--offline=yes", "--threshold=20", &file];
    let Some((well, exposed)) = said("systemd-analyze", &offline) else { return };
    let last = exposed.lines().rfind(|line| line.contains("exposure")).unwrap_or(&exposed);
    if exposed.contains("unrecognized option") {
        return println!("skipped: this systemd-analyze cannot judge a unit that is not installed");
    }
    assert!(well, "{last}");
}

/// `FROM`, `COPY` and the like with what follows, lines that go on joined.
fn instructions() -> Vec<(String, String)> {
    let joined = text("Containerfile").replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = lines.map(|line| line.split_once(' ').expect("an instruction and what it is of"));
    split.map(|(word, rest)| (word.to_owned(), rest.trim().to_owned())).collect()
}

#[test]
fn the_container_is_built_of_what_is_there_and_runs_as_nobody_special() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let instructions = instructions();
    let of = |word: &str| -> Vec<&str> {
        let found = instructions.iter().filter(|(found, _)| found == word);
        found.map(|(_, rest)| rest.as_str()).collect()
    };
    assert_eq!(of("FROM").len(), 3, "what builds console and service does not stay in it");
    for from in of("FROM") {
        let image = from.split(' ').next().unwrap();
        let tag = image.rsplit_once(':').map(|(_, tag)| tag);
        assert!(tag.is_some_and(|tag| tag != "latest"), "{from} may be another tomorrow");
    }
    for copied in of("COPY").iter().filter(|rest| !rest.starts_with("--from")) {
        let words: Vec<&str> = copied.split(' ').collect();
        for source in &words[..words.len() - 1] {
            assert!(root.join(source).exists(), "COPY {source}: there is no such file");
        }
    }
    // What the build embeds has to be copied too.
    for embedded in ["config", "web", "deploy/mosquitto", "simulator"] {
        assert!(of("COPY").iter().any(|copied| copied.starts_with(embedded)), "{embedded}");
    }
    let user = of("USER").last().copied().expect("a user");
    assert!(!user.starts_with('0') && user != "root", "it runs as {user}");
    let file = deploy().join("Containerfile").display().to_string();
    if let Some((well, words)) = said("hadolint", &[&file]) {
        assert!(well, "{words}");
    }
}

/// What a file of the compose is called here; none for what it makes itself.
fn beside(volume: &str) -> Option<PathBuf> {
    let source = volume.split(':').next().unwrap();
    source.starts_with('.').then(|| deploy().join(source))
}

#[test]
fn the_compose_file_names_files_that_are_there_or_that_the_readme_makes() {
    let documents = YamlLoader::load_from_str(&text("compose.yaml")).unwrap();
    let services = documents[0]["services"].as_hash().expect("services");
    let names: Vec<&str> = services.keys().filter_map(Yaml::as_str).collect();
    assert_eq!(names, ["mosquitto", "postgres", "jikimi"]);
    let readme = text("README.md");
    let volumes_made: Vec<&Yaml> = documents[0]["volumes"].as_hash().unwrap().keys().collect();
    for (name, service) in services {
        let volumes = service["volumes"].as_vec().expect("volumes");
        for volume in volumes.iter().map(|volume| volume.as_str().expect("a text")) {
            let Some(file) = beside(volume) else {
                let source = Yaml::from_str(volume.split(':').next().unwrap());
                assert!(volumes_made.contains(&&source), "{name:?}: {volume}");
                continue;
            };
            let secret = volume.contains("/secret/");
            let last = file.file_name().unwrap().to_str().unwrap().to_owned();
            let made = secret && readme.contains(&last);
            assert!(file.exists() || made, "{name:?}: nothing is or makes {}", file.display());
        }
        assert!(service["restart"].as_str() == Some("always"), "{name:?}");
        assert!(!service["image"].as_str().unwrap_or_default().ends_with(":latest"));
    }
    let jikimi = &documents[0]["services"]["jikimi"];
    assert_eq!(jikimi["read_only"].as_bool(), Some(true));
    assert!(
        deploy().join(jikimi["build"]["context"].as_str().unwrap()).join("Cargo.toml").exists()
    );
    let containerfile = jikimi["build"]["dockerfile"].as_str().unwrap();
    assert!(deploy().join("..").join(containerfile).exists());
    // Ports that only jikimi may reach stay on the machine.
    for (service, port) in [("mosquitto", "8884"), ("postgres", "5432")] {
        let ports = documents[0]["services"][service]["ports"].as_vec().unwrap();
        let published = ports.iter().filter_map(Yaml::as_str).find(|said| said.ends_with(port));
        assert!(published.unwrap().starts_with("127.0.0.1:"), "{service} {port}");
    }
}

#[test]
fn the_readme_names_files_and_options_that_are_there() {
    let readme = text("README.md");
    let table = readme.lines().filter(|line| line.starts_with("| `"));
    let files = table.flat_map(|line| line.split('|').nth(1).unwrap().split(','));
    for file in files.map(|file| file.trim().trim_matches('`')) {
        assert!(deploy().join(file).exists(), "{file}");
    }
    let words = readme.lines().filter(|line| line.starts_with("target/release/jikimi "));
    for line in words {
        use clap::Parser as _;
        let read = jikimi::cli::Cli::try_parse_from(line.split_whitespace());
        assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
    }
}
