//! Puts the dashboard into the program: what `npm run build` made of it, or where that was not done a page that says so.

use std::path::Path;

const BUILT: &str = "dashboard/dist";

fn main() {
    // Always there, so that a build without the dashboard is not begun anew each time.
    println!("cargo::rerun-if-changed={BUILT}");
    let is_built = Path::new(BUILT).join("index.html").exists();
    memory_serve::load_directory(if is_built { BUILT } else { "src/web/absent" });
}
