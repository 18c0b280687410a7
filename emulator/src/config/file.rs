//! The configuration file: TOML with a few names of its own, the switches as a table, the faults as an array of tables.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{ConfigError, Item, Items};
use crate::faults::Fault;
use crate::seed::Seed;
use crate::switches::Profile;

/// The names at the top of a file.
const NAMES: [&str; 13] = [
    "clock",
    "control_port",
    "db",
    "fault",
    "hosts",
    "instance",
    "listen",
    "pages",
    "port",
    "profile",
    "record_bodies",
    "seed",
    "switches",
];

/// What a file says; what it does not say is `None` or empty.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub listen: Option<IpAddr>,
    pub port: Option<u16>,
    pub hosts: Vec<String>,
    pub profile: Option<Profile>,
    pub instance: Option<String>,
    pub db: Option<PathBuf>,
    pub pages: Option<PathBuf>,
    pub seed: Option<Seed>,
    pub clock: Option<i64>,
    pub control_port: Option<u16>,
    pub record_bodies: Option<bool>,
    pub switches: Items,
    pub faults: Vec<Fault>,
}

impl File {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|error| ConfigError::unreadable(path, error))?;
        let mut file = Self::parse(&text, &path.display().to_string())?;
        // A path in a file is meant from where the file is, wherever the program was started.
        let folder = path.parent().unwrap_or(Path::new(""));
        for meant in [&mut file.db, &mut file.pages].into_iter().flatten() {
            *meant = folder.join(&*meant);
        }
        Ok(file)
    }

    fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let place = |at: usize| format!("{name}:{}", 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count());
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            ConfigError::new(format!("this is not TOML: {}", error.message())).at(place(at))
        })?;
        let mut file = Self::default();
        for item in Item::of_toml(table.get_ref(), &place) {
            let value = table.get_ref().get(item.name.as_str()).map(|value| value.get_ref());
            match (item.name.as_str(), value) {
                ("switches", Some(DeValue::Table(switches))) => file.switches = Item::of_toml(switches, &place),
                ("fault", Some(DeValue::Array(faults))) => {
                    for fault in faults {
                        let DeValue::Table(fault) = fault.get_ref() else { return Err(item.refused(FAULT)) };
                        file.faults.push(Fault::from_items(&Item::of_toml(fault, &place))?);
                    }
                }
                _ => file.take(&item)?,
            }
        }
        Ok(file)
    }

    fn take(&mut self, item: &Item) -> Result<(), ConfigError> {
        match item.name.as_str() {
            "listen" => {
                let address = item.text()?.parse().map_err(|_| item.refused("addresses like \"0.0.0.0\""))?;
                self.listen = Some(address);
            }
            "hosts" => self.hosts = item.texts()?,
            "profile" => {
                let profile = Profile::named(item.text()?).map_err(|error| item.placed(error))?;
                self.profile = Some(profile);
            }
            "port" => self.port = Some(item.whole(PORT)?),
            "record_bodies" => self.record_bodies = Some(item.flag()?),
            "control_port" => self.control_port = Some(item.whole(PORT)?),
            "instance" => self.instance = Some(item.text()?.to_owned()),
            "db" => self.db = Some(item.text()?.into()),
            "pages" => self.pages = Some(item.text()?.into()),
            "clock" => self.clock = Some(item.offset()?),
            "seed" => {
                let seed = Seed::named(item.text()?).ok_or_else(|| item.refused("demo, empty"))?;
                self.seed = Some(seed);
            }
            "switches" => return Err(item.refused("a table, [switches]")),
            "fault" => return Err(item.refused(FAULT)),
            name => return Err(item.placed(ConfigError::name("setting", name, &NAMES))),
        }
        Ok(())
    }
}

const PORT: &str = "numbers from 0 to 65535";
const FAULT: &str = "tables, each headed by [[fault]]";

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        File::parse(text, "emulator.toml").unwrap_err().to_string()
    }

    #[test]
    fn every_setting_is_read() {
        let text = "port = 0x1F90\ninstance = \"nord\"\ndb = \"a.db\"\nseed = \"empty\"\nclock = \"-1h\"\n\
                    control_port = 0\nrecord_bodies = true\npages = \"dist\"\n[switches]\ncsv_bom = true\n\
                    [[fault]]\nstatus = 503\n[[fault]]\nlatency = 1";
        let file = File::parse(text, "emulator.toml").unwrap();
        assert_eq!((file.port, file.instance.as_deref(), file.clock), (Some(8080), Some("nord"), Some(-3600)));
        assert_eq!((file.seed, file.control_port, file.record_bodies), (Some(Seed::Empty), Some(0), Some(true)));
        assert_eq!(file.pages, Some("dist".into()));
        assert_eq!((file.switches.len(), file.faults.len()), (1, 2));
        assert_eq!(file.switches[0].shown(), "true");
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        assert!(problem("port = 1\n\nprot = 2").starts_with("emulator.toml:3: no setting is called \"prot\"; did you"));
        assert_eq!(
            problem("seed = \"full\""),
            "emulator.toml:1: \"full\" is not a value of \"seed\"; allowed are demo, empty"
        );
        assert!(problem("port = 70000").ends_with("allowed are numbers from 0 to 65535"));
        assert!(problem("a = 1\nport = = 2").starts_with("emulator.toml:2: this is not TOML: "));
        assert!(problem("fault = 3").contains("[[fault]]") && problem("switches = 3").contains("[switches]"));
        let unknown = problem("[[fault]]\nstatus = 503\n[[fault]]\nlatancy = 1");
        assert!(unknown.starts_with("emulator.toml:4: no part of a fault is called \"latancy\"; did you mean"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = File::read(Path::new("/nowhere/emulator.toml")).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/emulator.toml: "));
        assert!(std::error::Error::source(&error).is_some());
    }
}
