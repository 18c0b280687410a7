//! What the file store promises about its files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use zeyos::store::{FileKind, SharedTokenStore, StoreErrorKind};
use zeyos::{FileTokenStore, TokenSet, TokenStore};

use crate::support::disk::{Disk, USER};
use crate::support::random::{Random, now};

fn tokens() -> TokenSet {
    TokenSet::bearer("hunter2").with_refresh_token("hunter3")
}

/// Modes, owners and links are of Unix.
#[cfg(unix)]
#[test]
fn f4_the_file_is_for_its_owner_alone_and_anything_looser_is_refused_with_the_remedy() {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt};

    let folder = crate::support::folder::Folder::new("f4");
    let path = folder.path().join("made/tokens.json");
    let store = FileTokenStore::open(&path).unwrap();
    now(store.set(Some(&tokens()))).unwrap();
    now(store.set(Some(&tokens()))).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let files: Vec<PathBuf> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 4 && files.iter().all(|file| mode(file) == 0o600), "{files:?}");

    let refused = |what: &str| {
        let error = FileTokenStore::open(&path).unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("tokens.json") && !error.contains("hunter"), "{error}");
    };
    for file in &files {
        for looser in [0o640, 0o604, 0o666, 0o620, 0o601] {
            std::fs::set_permissions(file, PermissionsExt::from_mode(looser)).unwrap();
            refused("chmod 600");
        }
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o600)).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::fs::rename(file, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, file).unwrap();
        refused("symbolic link");
        std::fs::remove_file(file).unwrap();
        std::fs::DirBuilder::new().mode(0o700).create(file).unwrap();
        refused("not a regular file");
        std::fs::remove_dir(file).unwrap();
        std::fs::rename(&elsewhere, file).unwrap();
    }
    assert_eq!(now(FileTokenStore::open(&path).unwrap().get()).unwrap(), Some(tokens()));

    // A file of someone else, which only the administrator could create here.
    let disk = Disk::default();
    disk.put_as("/disk/tokens.json", FileKind::File, b"{\"access_token\": \"hunter2\"}", 0o600, USER + 1);
    let error = FileTokenStore::with_file_system("/disk/tokens.json", disk.process()).unwrap_err().to_string();
    assert!(error.contains("belongs to user 1001") && !error.contains("hunter"), "{error}");

    // What was checked when the store was opened is checked again when it is used.
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(now(store.get()).unwrap_err().to_string().contains("chmod 600"));
    assert!(now(store.set(None)).is_err());
}

/// Changes a file as a disk, an editor or a crash may.
pub(crate) fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = random.below(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes.insert(at, (random.next() & 0xff) as u8),
        3 => drop(bytes.remove(at)),
        4 => bytes[at..].fill(0),
        5 => {
            let (front, back) = (bytes[..at].to_vec(), bytes[at..].to_vec());
            bytes = [back, front].concat();
        }
        6 => bytes.extend_from_slice(b"{}"),
        _ => (0..1 + random.below(20)).for_each(|_| {
            let at = random.below(bytes.len());
            bytes[at] = (random.next() & 0xff) as u8;
        }),
    }
    bytes
}

#[test]
fn f5_a_file_that_was_changed_is_a_typed_error_and_is_kept_and_never_taken_for_empty() {
    let disk = Disk::default();
    let store = FileTokenStore::with_file_system("/disk/tokens.json", disk.process()).unwrap();
    now(store.set(Some(&tokens()))).unwrap();
    let whole = disk.bytes("/disk/tokens.json").unwrap();
    let mut random = Random(5);
    let mut kinds = BTreeMap::new();
    for round in 0..10_000 {
        let changed = mutate(&whole, &mut random);
        if changed.trim_ascii_end() == whole.trim_ascii_end() {
            continue;
        }
        disk.put("/disk/tokens.json", &changed);
        disk.remove("/disk/tokens.json.copy");
        // Without the lock: an error, and the file stays.
        let error = now(SharedTokenStore::read(&store)).expect_err("a changed file is no record");
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "round {round}: {error}");
        assert!(error.to_string().contains("/disk/tokens.json") && !error.to_string().contains("hunter"), "{error}");
        assert!(now(store.get()).is_err());
        assert_eq!(disk.bytes("/disk/tokens.json").as_ref(), Some(&changed));
        // Under the lock: set aside, byte by byte.
        let mut lock = now(store.lock(Duration::ZERO)).unwrap();
        let held = now(lock.read()).unwrap();
        let damage = held.damage.expect("never without a word");
        assert!(damage.contains("/disk/tokens.json.corrupt-1") && !damage.contains("hunter"), "{damage}");
        assert_eq!((held.record, held.newest), (zeyos::store::TokenRecord::default(), 1));
        assert_eq!(disk.bytes("/disk/tokens.json.corrupt-1").as_ref(), Some(&changed));
        // As long as nothing new was stored, the missing record is not an empty one.
        assert!(now(lock.read()).unwrap().damage.is_some());
        drop(lock);
        assert_eq!(now(SharedTokenStore::read(&store)).unwrap_err().kind(), StoreErrorKind::Corrupt);
        disk.remove("/disk/tokens.json.corrupt-1");
        *kinds.entry(changed.len() < whole.len()).or_insert(0) += 1;
    }
    assert!(kinds.values().all(|count| *count > 1000), "{kinds:?}");
}
