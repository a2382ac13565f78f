//! A person's browser: keeps cookies by host and path, follows what it is sent to, fills forms in.

use crate::harness::WAIT_MAX;

/// So many redirects one click may lead through.
const REDIRECTS_MAX: usize = 20;

/// The browser.
#[derive(Default)]
pub(crate) struct Web {
    cookies: Vec<Cookie>,
    /// Every address that was asked for, in order.
    pub(crate) visited: Vec<String>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// What the browser shows.
#[derive(Debug)]
pub(crate) struct WebPage {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Web {
    /// Opens an address, and shows where that ends.
    pub(crate) fn open(&mut self, url: &str) -> WebPage {
        self.go("GET", url, None)
    }

    /// Fills the one form of a page in, and sends it.
    pub(crate) fn submit(&mut self, page: &WebPage, typed: &[(&str, &str)]) -> WebPage {
        let action = attribute(&page.body, "<form", "action").unwrap_or_else(|| panic!("no form: {page:?}"));
        let hidden = page.body.split("<input").skip(1).filter_map(|input| {
            let input = format!("<input{input}");
            Some((attribute(&input, "<input", "name")?, attribute(&input, "<input", "value")?))
        });
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(hidden.filter(|(name, _)| typed.iter().all(|(typed, _)| typed != name)));
        form.extend_pairs(typed);
        let to = url::Url::parse(&page.url).unwrap().join(&action).unwrap();
        self.go("POST", to.as_str(), Some(form.finish()))
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.clone())
    }

    fn go(&mut self, method: &str, url: &str, form: Option<String>) -> WebPage {
        let (mut method, mut form) = (method.to_owned(), form);
        let mut url = url::Url::parse(url).unwrap();
        for _ in 0..REDIRECTS_MAX {
            let (status, location, body) = self.send(&method, &url, form.take());
            match location {
                Some(location) if (300..400).contains(&status) => {
                    method = if status == 307 { method } else { "GET".to_owned() };
                    url = url.join(&location).unwrap();
                }
                _ => return WebPage { url: url.into(), status, body },
            }
        }
        panic!("more than {REDIRECTS_MAX} redirects: {:#?}", self.visited);
    }

    fn send(&mut self, method: &str, url: &url::Url, form: Option<String>) -> (u16, Option<String>, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(WAIT_MAX))
            .build()
            .into();
        self.visited.push(url.to_string());
        let host = url.host_str().unwrap().to_owned();
        let fits = |cookie: &&Cookie| cookie.host == host && url.path().starts_with(&cookie.path);
        let cookies = self.cookies.iter().filter(fits);
        let cookies: Vec<String> =
            cookies.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let mut request = ureq::http::Request::builder().method(method).uri(url.as_str());
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = match form {
            Some(form) => {
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                agent.run(request.body(form).unwrap())
            }
            None => agent.run(request.body(()).unwrap()),
        };
        let answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
        for line in answer.headers().get_all("set-cookie") {
            self.keep(&host, line.to_str().unwrap());
        }
        let location = answer.headers().get("location").map(|url| url.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location, answer.into_body().read_to_string().unwrap())
    }

    fn keep(&mut self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let of = |wanted: &str| {
            let mut pairs = line.split(';').filter_map(|part| part.trim().split_once('='));
            pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
        };
        let path = of("path").unwrap_or_else(|| "/".to_owned());
        self.cookies.retain(|cookie| (&*cookie.host, &*cookie.path, &*cookie.name) != (host, &*path, name));
        let is_over =
            of("max-age").as_deref() == Some("0") || of("expires").is_some_and(|at| at.contains(" 1970 "));
        if !is_over && !value.is_empty() {
            let (host, name, value) = (host.to_owned(), name.to_owned(), value.to_owned());
            self.cookies.push(Cookie { host, path, name, value });
        }
    }
}

/// An attribute of the first such element.
fn attribute(html: &str, element: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(element)?;
    let (inside, _) = rest.split_once('>')?;
    let (_, value) = inside.split_once(&format!("{name}=\""))?;
    let (value, _) = value.split_once('"')?;
    Some(value.replace("&amp;", "&").replace("&#x2F;", "/").replace("&#39;", "'").replace("&quot;", "\""))
}
