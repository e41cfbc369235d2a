//! A page that is open in the browser.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::browser::{Browser, BrowserError, Tab, Untouched};

/// The parts of a link without which the page keeps what it shows, besides the panel.
const KEPT: [&str; 2] = ["fold", "query"];

/// Whether a page shows its first complete picture.
const IS_READY: &str = "document.documentElement?.dataset.ready !== undefined";

/// An open page, its window, and what went wrong in it.
pub struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    loads: u64,
    shown: u64,
    size: Option<Size>,
    untouched: Option<Untouched>,
    errors: Vec<String>,
    requests: Vec<String>,
}

/// The size of a window in pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// A window as most people have it.
pub const MEDIUM: Size = Size {
    width: 1440,
    height: 900,
};

impl<'a> Page<'a> {
    /// Loads a file with this hash in its address, and waits for its first complete picture.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached, or if the page does not become ready.
    pub fn open(
        browser: &'a mut Browser,
        file: &Path,
        hash: &str,
        size: Size,
    ) -> Result<Self, BrowserError> {
        let mut page = Self::load(browser, file, hash, size, IS_READY)?;
        page.untouched = Some(Untouched {
            file: file_of(file)?,
            loaded_with: Some(hash.to_owned()),
            kept: kept(hash),
        });
        Ok(page)
    }

    /// Opens a file as [`Self::open`] does. If the page is open already and has had no input, a
    /// link that names a moment and a window is shown in it.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_or_show(
        browser: &'a mut Browser,
        file: &Path,
        hash: &str,
        size: Size,
    ) -> Result<Self, BrowserError> {
        let is_whole = names(hash, "t") && names(hash, "w");
        let named = kept(hash);
        let file_now = file_of(file)?;
        let is_same = |page: &Untouched| {
            let is_loaded = page.loaded_with.as_deref() == Some(hash);
            let is_said = page.kept.iter().all(|name| named.contains(name));
            page.file == file_now && (is_loaded || is_whole && is_said)
        };
        let shows = |tab: &Tab| tab.untouched.as_ref().is_some_and(is_same);
        if !browser.tab.as_ref().is_some_and(shows) {
            return Self::open(browser, file, hash, size);
        }
        let mut page = Self::in_tab(browser)?;
        page.resize(size)?;
        let mut untouched = page.untouched.take();
        if let Some(untouched) = untouched.as_mut()
            && untouched.loaded_with.as_deref() != Some(hash)
        {
            untouched.loaded_with = None;
            untouched.kept = named;
            let tab = if names(hash, "tab") {
                ""
            } else {
                "&tab=details"
            };
            page.set_hash(&format!("{hash}{tab}"))?;
        }
        page.drawn()?;
        page.untouched = untouched;
        Ok(page)
    }

    /// Opens a file that is no page of a run, and waits until it is loaded.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached, or if the page is not loaded.
    pub fn open_plain(
        browser: &'a mut Browser,
        file: &Path,
        size: Size,
    ) -> Result<Self, BrowserError> {
        let is_loaded = "location.protocol === 'file:' && document.readyState === 'complete'";
        Self::load(browser, file, "", size, is_loaded)
    }

    /// Loads a file in the tab of the browser, and waits until it `is_open`.
    fn load(
        browser: &'a mut Browser,
        file: &Path,
        hash: &str,
        size: Size,
        is_open: &str,
    ) -> Result<Self, BrowserError> {
        let file = file.canonicalize()?;
        let mut page = Self::in_tab(browser)?;
        page.untouched = None;
        page.loads += 1;
        let loads = page.loads;
        // What the last page has stored is for that one only.
        if loads > 1 {
            page.value("try { localStorage.clear(); } catch { }")?;
            page.call(
                "Emulation.setEmulatedMedia",
                json!({ "media": "", "features": [] }),
            )?;
        }
        page.resize(size)?;
        page.read_events();
        page.errors.clear();
        page.requests.clear();
        // With another query, the browser loads the file anew although only the hash differs.
        let url = format!("file://{}?{loads}{hash}", file.display());
        page.call("Page.navigate", json!({ "url": url }))?;
        page.wait(&format!("location.search === '?{loads}' && {is_open}"))
            .map_err(|error| BrowserError(format!("the page does not open: {error}")))?;
        Ok(page)
    }

    /// The page in the tab of the browser.
    fn in_tab(browser: &'a mut Browser) -> Result<Self, BrowserError> {
        let tab = match browser.tab.take() {
            Some(tab) => tab,
            None => Self::new_tab(browser)?,
        };
        Ok(Self {
            browser,
            session: tab.session,
            loads: tab.loads,
            shown: tab.shown,
            size: tab.size,
            untouched: tab.untouched,
            errors: Vec::new(),
            requests: Vec::new(),
        })
    }

    /// A new tab with nothing in it.
    fn new_tab(browser: &mut Browser) -> Result<Tab, BrowserError> {
        let target = browser.call(None, "Target.createTarget", json!({ "url": "about:blank" }))?;
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call(None, "Target.attachToTarget", params)?;
        let session = session["sessionId"].as_str().unwrap_or_default().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(Some(&session), &format!("{domain}.enable"), json!({}))?;
        }
        Ok(Tab {
            session,
            loads: 0,
            shown: 0,
            size: None,
            untouched: None,
        })
    }

    fn call(&mut self, method: &str, params: Value) -> Result<Value, BrowserError> {
        self.browser.call(Some(&self.session), method, params)
    }

    /// The value of an expression, which changes nothing in the page.
    ///
    /// # Errors
    ///
    /// If the expression throws, or if the browser cannot be reached.
    pub fn value(&mut self, expression: &str) -> Result<Value, BrowserError> {
        let params = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
        });
        let result = self.call("Runtime.evaluate", params)?;
        match result.get("exceptionDetails") {
            Some(error) => Err(BrowserError(format!("{expression}: {error}"))),
            None => Ok(result["result"]["value"].clone()),
        }
    }

    /// Runs a script that changes the page.
    ///
    /// # Errors
    ///
    /// As [`Self::value`].
    pub fn act(&mut self, script: &str) -> Result<(), BrowserError> {
        self.untouched = None;
        self.value(script).map(drop)
    }

    /// How many elements a CSS selector matches.
    ///
    /// # Errors
    ///
    /// As [`Self::value`].
    pub fn count(&mut self, selector: &str) -> Result<usize, BrowserError> {
        let list = format!("document.querySelectorAll({}).length", json!(selector));
        let count = self.value(&list)?.as_u64().unwrap_or_default();
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The text of the first element that a CSS selector matches; empty if there is none.
    ///
    /// # Errors
    ///
    /// As [`Self::value`].
    pub fn text(&mut self, selector: &str) -> Result<String, BrowserError> {
        let text = format!(
            "(document.querySelector({}) || {{}}).textContent || ''",
            json!(selector)
        );
        Ok(self.value(&text)?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until an expression is true, and the picture is drawn.
    ///
    /// # Errors
    ///
    /// If it does not become true in half a minute, or as [`Self::value`].
    pub fn wait(&mut self, expression: &str) -> Result<(), BrowserError> {
        let mut since_error = 0;
        for number in 0..700 {
            if self.value(expression)? == true {
                return Ok(());
            }
            // A page with an error may become ready all the same, but not much later.
            since_error += usize::from(!self.errors().is_empty());
            if since_error > 140 {
                break;
            }
            thread::sleep(Duration::from_millis(if number < 100 { 5 } else { 50 }));
        }
        Err(BrowserError(format!(
            "never true: {expression}\n{}",
            self.errors().join("\n")
        )))
    }

    /// Waits until what has been changed is drawn.
    ///
    /// # Errors
    ///
    /// As [`Self::value`].
    pub fn drawn(&mut self) -> Result<(), BrowserError> {
        let frames = "new Promise((done) => requestAnimationFrame(() => \
             requestAnimationFrame(() => setTimeout(done, 0))))";
        self.value(frames).map(drop)
    }

    /// Changes what is shown by the hash of the address.
    ///
    /// # Errors
    ///
    /// As [`Self::value`].
    pub fn show(&mut self, hash: &str) -> Result<(), BrowserError> {
        let untouched = self.untouched.take();
        self.set_hash(hash)?;
        // Another link that names a moment and a window changes all that this one has changed.
        self.untouched = untouched.map(|mut page| {
            page.loaded_with = None;
            let new = kept(hash)
                .into_iter()
                .filter(|name| !page.kept.contains(name));
            page.kept.extend(new.collect::<Vec<_>>());
            page
        });
        self.drawn()
    }

    /// Changes the hash of the address, and waits until the page has read it.
    fn set_hash(&mut self, hash: &str) -> Result<(), BrowserError> {
        // The page does not read a hash as before.
        self.shown += 1;
        let hash = json!(format!("{hash}&shown={}", self.shown));
        let read = "addEventListener('hashchange', () => done(true), { once: true })";
        self.value(&format!(
            "new Promise((done) => {{ {read}; location.hash = {hash}; }})"
        ))
        .map(drop)
    }

    /// Clicks on the tab of a panel.
    ///
    /// # Errors
    ///
    /// As [`Self::click`].
    pub fn choose_tab(&mut self, name: &str) -> Result<(), BrowserError> {
        let untouched = self.untouched.take();
        self.click(&format!("#tab-{name}"))?;
        // A link that names the first panel shows that again.
        self.untouched = untouched.map(|page| Untouched {
            loaded_with: None,
            ..page
        });
        Ok(())
    }

    /// Clicks with the mouse into the middle of an element.
    ///
    /// # Errors
    ///
    /// If there is no such element, or as [`Self::value`].
    pub fn click(&mut self, selector: &str) -> Result<(), BrowserError> {
        let place = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return null; \
             e.scrollIntoView({{ block: 'nearest' }}); const b = e.getBoundingClientRect(); \
             return [b.x + b.width / 2, b.y + b.height / 2]; }})()",
            json!(selector)
        );
        let place = self.value(&place)?;
        let (Some(x), Some(y)) = (place[0].as_f64(), place[1].as_f64()) else {
            return Err(BrowserError(format!("there is no {selector}")));
        };
        self.click_at(x, y)
    }

    /// Clicks with the mouse at a place of the window.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn click_at(&mut self, x: f64, y: f64) -> Result<(), BrowserError> {
        self.untouched = None;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let params = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", params)?;
        }
        self.drawn()
    }

    /// Turns the wheel at a place of the window.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn wheel(&mut self, x: f64, y: f64, by: f64) -> Result<(), BrowserError> {
        self.untouched = None;
        let params = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.call("Input.dispatchMouseEvent", params)?;
        self.drawn()
    }

    /// Presses a key, such as `?` or `ArrowRight`.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn press(&mut self, key: &str) -> Result<(), BrowserError> {
        self.untouched = None;
        let text = if key.chars().count() == 1 { key } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let mut params = json!({ "type": kind, "key": key });
            if kind == "keyDown" && !text.is_empty() {
                params["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", params)?;
        }
        self.drawn()
    }

    /// Types a text where the focus is.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn type_text(&mut self, text: &str) -> Result<(), BrowserError> {
        self.untouched = None;
        self.call("Input.insertText", json!({ "text": text }))?;
        self.drawn()
    }

    /// Gives the window another size.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn resize(&mut self, size: Size) -> Result<(), BrowserError> {
        if self.size == Some(size) {
            return Ok(());
        }
        let params = json!({
            "width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", params)?;
        self.size = Some(size);
        Ok(())
    }

    /// Draws as for `screen` or `print`, in the colours `light` or `dark`.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn media(&mut self, media: &str, colours: &str) -> Result<(), BrowserError> {
        self.untouched = None;
        let features = json!([{ "name": "prefers-color-scheme", "value": colours }]);
        let params = json!({ "media": media, "features": features });
        self.call("Emulation.setEmulatedMedia", params)?;
        self.drawn()
    }

    /// Writes a picture of the window as PNG.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or the browser cannot be reached.
    pub fn screenshot(&mut self, file: &Path) -> Result<(), BrowserError> {
        let picture = self.call("Page.captureScreenshot", json!({ "format": "png" }))?;
        Self::write(file, &picture)
    }

    /// Writes the page as it is printed, as PDF.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or the browser cannot be reached.
    pub fn print(&mut self, file: &Path) -> Result<(), BrowserError> {
        let params = json!({ "printBackground": true, "preferCSSPageSize": true });
        let printed = self.call("Page.printToPDF", params)?;
        Self::write(file, &printed)
    }

    fn write(file: &Path, result: &Value) -> Result<(), BrowserError> {
        let bytes = STANDARD
            .decode(result["data"].as_str().unwrap_or_default())
            .map_err(|error| BrowserError(format!("the browser sent no file: {error}")))?;
        std::fs::write(file, bytes)?;
        Ok(())
    }

    fn read_events(&mut self) {
        for event in self.browser.take_events(&self.session) {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" => {
                    let details = &params["exceptionDetails"];
                    let text = details["exception"]["description"].as_str();
                    self.errors.push(text.unwrap_or("an exception").to_owned());
                }
                "Runtime.consoleAPICalled" if params["type"] == "error" => {
                    self.errors.push(params["args"].to_string());
                }
                "Log.entryAdded" if params["entry"]["level"] == "error" => {
                    let text = params["entry"]["text"].as_str();
                    self.errors.push(text.unwrap_or("an error").to_owned());
                }
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    self.requests.push(url.to_owned());
                }
                _ => {}
            }
        }
    }

    /// The errors that the page has logged or thrown so far.
    pub fn errors(&mut self) -> Vec<String> {
        self.read_events();
        self.errors.clone()
    }

    /// What the page has loaded, or tried to, besides itself and what it contains.
    pub fn requests(&mut self) -> Vec<String> {
        self.read_events();
        let outside = |url: &&String| !url.starts_with("file:") && !url.starts_with("data:");
        self.requests.iter().filter(outside).cloned().collect()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        self.browser.tab = Some(Tab {
            session: std::mem::take(&mut self.session),
            loads: self.loads,
            shown: self.shown,
            size: self.size,
            untouched: self.untouched.take(),
        });
    }
}

/// A file, and when it was written.
fn file_of(file: &Path) -> Result<(PathBuf, SystemTime), std::io::Error> {
    Ok((file.canonicalize()?, fs::metadata(file)?.modified()?))
}

/// Whether a link names this part.
fn names(hash: &str, name: &str) -> bool {
    let mut parts = hash.trim_start_matches('#').split('&');
    parts.any(|part| part.split_once('=').is_some_and(|(named, _)| named == name))
}

/// Which of the parts that the page keeps a link names.
fn kept(hash: &str) -> Vec<&'static str> {
    KEPT.into_iter().filter(|name| names(hash, name)).collect()
}
