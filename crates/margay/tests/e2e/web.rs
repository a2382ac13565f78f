//! A person's browser: keeps cookies by host and path, follows what it is sent to, fills forms in.

use crate::harness::WAIT_MAX;

/// So many redirects one click may lead through.
const REDIRECTS_MAX: usize = 20;

/// The browser.
#[derive(Clone, Default)]
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
    /// Whether it goes along with a form that another site posts.
    is_for_all: bool,
}

/// What the browser shows.
#[derive(Debug)]
pub(crate) struct WebPage {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// A form of a page, as it is filled in beforehand.
#[derive(Debug)]
pub(crate) struct WebForm {
    /// Where it goes.
    pub(crate) to: url::Url,
    /// Its fields.
    pub(crate) fields: Vec<(String, String)>,
}

impl WebPage {
    /// The first form that says where it goes.
    pub(crate) fn form(&self) -> WebForm {
        let forms = self.body.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
        let mut forms =
            forms.filter_map(|form| Some((attribute(&format!("<form{form}"), "<form", "action")?, form)));
        let (action, form) = forms.next().unwrap_or_else(|| panic!("no form: {self:?}"));
        let fields = form.split("<input").skip(1).filter_map(|input| {
            let input = format!("<input{input}");
            Some((attribute(&input, "<input", "name")?, attribute(&input, "<input", "value")?))
        });
        WebForm { to: url::Url::parse(&self.url).unwrap().join(&action).unwrap(), fields: fields.collect() }
    }
}

impl Web {
    /// Opens an address, and shows where that ends.
    pub(crate) fn open(&mut self, url: &str) -> WebPage {
        self.go("GET", url, None, None)
    }

    /// Opens an address that leads elsewhere, and gives where to; nobody goes there.
    pub(crate) fn leave(&mut self, url: &str) -> String {
        let (status, location, body) = self.send("GET", &url::Url::parse(url).unwrap(), "none", None);
        assert_eq!(status, 303, "{body}");
        location.expect("a place to go to")
    }

    /// Fills the form of a page in, and sends it.
    pub(crate) fn submit(&mut self, page: &WebPage, typed: &[(&str, &str)]) -> WebPage {
        let WebForm { to, mut fields } = page.form();
        fields.retain(|(name, _)| typed.iter().all(|(typed, _)| typed != name));
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(&page.url, to.as_str(), &fields)
    }

    /// Sends a form from a page.
    pub(crate) fn post(&mut self, from: &str, to: &str, fields: &[(String, String)]) -> WebPage {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.go("POST", to, Some(form), Some(from))
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.clone())
    }

    fn go(&mut self, method: &str, url: &str, form: Option<String>, from: Option<&str>) -> WebPage {
        let (mut method, mut form) = (method.to_owned(), form);
        let mut url = url::Url::parse(url).unwrap();
        let mut from = from.map(|from| url::Url::parse(from).unwrap().host_str().unwrap().to_owned());
        for _ in 0..REDIRECTS_MAX {
            let site = match &from {
                None => "none",
                Some(host) if url.host_str() == Some(host) => "same-origin",
                Some(_) => "cross-site",
            };
            let (status, location, body) = self.send(&method, &url, site, form.take());
            match location {
                Some(location) if (300..400).contains(&status) => {
                    method = if status == 307 { method } else { "GET".to_owned() };
                    let before = url.host_str().map(str::to_owned);
                    url = url.join(&location).unwrap();
                    // Who was sent to another site comes from there.
                    if url.host_str() != before.as_deref() {
                        from = before;
                    }
                }
                _ => return WebPage { url: url.into(), status, body },
            }
        }
        panic!("more than {REDIRECTS_MAX} redirects: {:#?}", self.visited);
    }

    fn send(
        &mut self,
        method: &str,
        url: &url::Url,
        site: &str,
        form: Option<String>,
    ) -> (u16, Option<String>, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(WAIT_MAX))
            .build()
            .into();
        self.visited.push(url.to_string());
        let host = url.host_str().unwrap().to_owned();
        // What browsers do by `SameSite`.
        let is_sent = |cookie: &Cookie| cookie.is_for_all || site != "cross-site" || method == "GET";
        let fits =
            |cookie: &&Cookie| cookie.host == host && url.path().starts_with(&cookie.path) && is_sent(cookie);
        let cookies = self.cookies.iter().filter(fits);
        let cookies: Vec<String> =
            cookies.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let mut request = ureq::http::Request::builder().method(method).uri(url.as_str());
        request = request.header("sec-fetch-site", site);
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
            let is_for_all = of("samesite").is_some_and(|rule| rule.eq_ignore_ascii_case("none"));
            self.cookies.push(Cookie { host, path, name, value, is_for_all });
        }
    }
}

/// An attribute of the first such element.
fn attribute(html: &str, element: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(element)?;
    let (inside, _) = rest.split_once('>')?;
    let quoted = |quote: char| {
        let (_, value) = inside.split_once(&format!("{name}={quote}"))?;
        Some(value.split_once(quote)?.0)
    };
    let value = quoted('"').or_else(|| quoted('\''))?;
    let written = [
        ("&#x2F;", "/"),
        ("&#x3D;", "="),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    Some(written.iter().fold(value.to_owned(), |value, (from, to)| value.replace(from, to)))
}
