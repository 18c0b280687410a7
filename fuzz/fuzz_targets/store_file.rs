//! The file of a token store, damaged in any way: an answer or an error that names the file and none of its content.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use zeyos::{FileTokenStore, TokenStore as _};
use zeyos_fuzz::{assert_hidden, choice, is_clean, planted, shown, wait};

/// A store in memory, where the system has a place for that.
fn store() -> &'static (PathBuf, FileTokenStore) {
    static STORE: OnceLock<(PathBuf, FileTokenStore)> = OnceLock::new();
    STORE.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = folder.join(format!("zeyos-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("tokens.json");
        let store = FileTokenStore::open(&path).unwrap();
        // The first write makes the file with the permissions that it has to have.
        wait(store.set(Some(&zeyos::TokenSet::bearer("a")))).unwrap();
        (path, store)
    })
}

fn read(content: &[u8]) {
    let (path, store) = store();
    std::fs::write(path, content).unwrap();
    match wait(store.get()) {
        Ok(tokens) => assert_hidden(&format!("{tokens:?}")),
        Err(error) => {
            let shown = shown(&error);
            assert!(shown.contains("tokens.json"), "which file? {shown}");
            assert_hidden(&shown);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((last, data)) = choice(data).filter(|_| is_clean(data)) else { return };
    read(data);
    let Some(value) = planted(data) else { return };
    let text = value.to_string();
    read(text.as_bytes());
    read(&text.as_bytes()[..text.len() * usize::from(last) / 255]);
});
