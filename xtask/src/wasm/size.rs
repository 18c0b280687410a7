//! What a page costs to load that makes three calls with the client, beside the same page written by hand.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::pages::{self, BY_HAND, Page, Profile, THREE_CALLS};
use crate::file;

/// How many times as large the page with the client may be, in hundredths.
const BOUND: usize = 180;

/// What a browser loads of a page.
struct Size {
    plain: usize,
    gzipped: usize,
}

/// Prints the sizes; fails where the page with the client is too large.
pub(super) fn run(root: &Path) -> anyhow::Result<()> {
    let (ours, by_hand) = (size(root, &THREE_CALLS)?, size(root, &BY_HAND)?);
    let mut is_small = true;
    for (kind, ours, by_hand) in [("plain", ours.plain, by_hand.plain), ("gzipped", ours.gzipped, by_hand.gzipped)] {
        let hundredths = ours * 100 / by_hand.max(1);
        is_small &= hundredths <= BOUND;
        let ratio = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        file::print(format_args!("{kind:<8} {ours:>9} bytes with the client, {by_hand:>9} by hand: {ratio} times"));
    }
    ensure!(is_small, "the page with the client is more than {}.{:02} times as large", BOUND / 100, BOUND % 100);
    Ok(())
}

fn size(root: &Path, page: &Page) -> anyhow::Result<Size> {
    let folder = pages::build(root, page, Profile::Release)?;
    let mut size = Size { plain: 0, gzipped: 0 };
    for end in ["js", "wasm"] {
        for path in file::list(&folder, end)? {
            let bytes = fs::read(&path)?;
            size.plain += bytes.len();
            size.gzipped += gzipped(bytes)?;
        }
    }
    Ok(size)
}

/// The length of what a server sends that compresses as well as it can.
fn gzipped(bytes: Vec<u8>) -> anyhow::Result<usize> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "-n", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut gzip = gzip.spawn().context("gzip cannot be started")?;
    let input = gzip.stdin.take();
    // It is written from another thread, as gzip waits while no one reads.
    let writing = std::thread::spawn(move || input.map(|mut input| input.write_all(&bytes)));
    let output = gzip.wait_with_output()?;
    let _ = writing.join();
    ensure!(output.status.success(), "gzip has failed");
    Ok(output.stdout.len())
}
