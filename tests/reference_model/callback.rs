//! The syntax of callback names, byte by byte. COMPANIONS section 1, J2 and J3.

/// Returns `true` if a policy for any callback accepts the name.
pub(crate) fn is_allowed_callback(text: &[u8]) -> bool {
    members(text).is_some_and(|members| !is_dangerous(&members))
}

/// Returns the identifiers of a callback name; `None` if the name is invalid.
pub(crate) fn members(text: &[u8]) -> Option<Vec<String>> {
    if text.len() > 128 || !text.is_ascii() {
        return None;
    }
    let mut rest: Vec<char> = text.iter().rev().map(|byte| char::from(*byte)).collect();
    let mut members = Vec::new();
    loop {
        let mut name = String::new();
        while rest.last().is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '$') {
            name.extend(rest.pop());
        }
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_reserved(&name) {
            return None;
        }
        members.push(name);
        while rest.last() == Some(&'[') {
            rest.pop();
            let mut index = String::new();
            while rest.last().is_some_and(char::is_ascii_digit) {
                index.extend(rest.pop());
            }
            let is_number = !index.is_empty() && index.len() <= 9;
            // In scripts, `010` can mean 8.
            let has_zero = index.len() > 1 && index.starts_with('0');
            if !is_number || has_zero || rest.pop() != Some(']') {
                return None;
            }
        }
        match rest.pop() {
            None => return Some(members),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

fn is_dangerous(members: &[String]) -> bool {
    let roots = "window self top parent opener frames globalThis document location navigator eval \
                 Function setTimeout setInterval alert confirm prompt print open";
    let anywhere = "constructor prototype __proto__ call apply bind";
    let is_one_of = |list: &str, name: &str| list.split(' ').any(|word| word == name);
    is_one_of(roots, &members[0]) || members.iter().any(|name| is_one_of(anywhere, name))
}

fn is_reserved(name: &str) -> bool {
    // The lists are: keywords; reserved words of strict code; literals; `enum` and `await`.
    let words = "break case catch class const continue debugger default delete do else export extends \
                 finally for function if import in instanceof new return super switch this throw try \
                 typeof var void while with yield \
                 implements interface let package private protected public static \
                 null true false \
                 enum await";
    words.split(' ').any(|word| word == name)
}
