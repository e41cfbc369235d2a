//! A page that is open in the browser.

use std::{path::Path, thread, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::browser::{Browser, BrowserError};

/// An open page, its window, and what went wrong in it.
pub struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    context: Value,
    errors: Vec<String>,
    requests: Vec<String>,
}

/// The size of a window in pixels.
#[derive(Clone, Copy, Debug)]
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
    /// Opens a file with this hash in its address, and waits for its first complete picture.
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
        Self::load(
            browser,
            file,
            hash,
            size,
            "document.documentElement?.dataset.ready !== undefined",
        )
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

    /// Opens a file, and waits until it `is_open`.
    fn load(
        browser: &'a mut Browser,
        file: &Path,
        hash: &str,
        size: Size,
        is_open: &str,
    ) -> Result<Self, BrowserError> {
        // A context of its own: no page sees what another one has stored.
        let context = browser.call(None, "Target.createBrowserContext", json!({}))?;
        let context = context["browserContextId"].clone();
        let params = json!({ "url": "about:blank", "browserContextId": context });
        let target = browser.call(None, "Target.createTarget", params)?;
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call(None, "Target.attachToTarget", params)?;
        let session = session["sessionId"].as_str().unwrap_or_default().to_owned();
        let mut page = Self {
            browser,
            session,
            context,
            errors: Vec::new(),
            requests: Vec::new(),
        };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}))?;
        }
        page.resize(size)?;
        let file = file.canonicalize()?;
        let url = format!("file://{}{hash}", file.display());
        page.call("Page.navigate", json!({ "url": url }))?;
        page.wait(is_open)
            .map_err(|error| BrowserError(format!("the page does not open: {error}")))?;
        Ok(page)
    }

    fn call(&mut self, method: &str, params: Value) -> Result<Value, BrowserError> {
        self.browser.call(Some(&self.session), method, params)
    }

    /// The value of an expression in the page.
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
        for _ in 0..600 {
            if self.value(expression)? == true {
                return Ok(());
            }
            // A page with an error may become ready all the same, but not much later.
            since_error += usize::from(!self.errors().is_empty());
            if since_error > 40 {
                break;
            }
            thread::sleep(Duration::from_millis(50));
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
        self.value(&format!("location.hash = {}", json!(hash)))?;
        self.drawn()
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
        self.call("Input.insertText", json!({ "text": text }))?;
        self.drawn()
    }

    /// Gives the window another size.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn resize(&mut self, size: Size) -> Result<(), BrowserError> {
        let params = json!({
            "width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", params)?;
        Ok(())
    }

    /// Draws as for `screen` or `print`, in the colours `light` or `dark`.
    ///
    /// # Errors
    ///
    /// If the browser cannot be reached.
    pub fn media(&mut self, media: &str, colours: &str) -> Result<(), BrowserError> {
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
        let params = json!({ "browserContextId": self.context });
        // The browser may have ended already.
        let _ = self
            .browser
            .call(None, "Target.disposeBrowserContext", params);
    }
}
