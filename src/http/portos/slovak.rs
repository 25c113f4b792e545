//! Slovak: what every message of the library and of this dialect reads in that language.

use super::slovak_state::state;

/// Said of a value when a rule has no words of its own here.
pub(super) const SOME_RULE: &str = "hodnota nie je platná";
/// Said of a request when a refusal has no words of its own here.
pub(super) const SOME_REFUSAL: &str = "Požiadavka bola odmietnutá.";

/// The Slovak of an English message; `{}` stands for what is taken over as it is. The first that
/// fits counts.
pub(super) fn phrase(english: &str) -> Option<String> {
    PHRASES.iter().find_map(|(pattern, slovak)| {
        let taken = matched(pattern, english)?.into_iter();
        let mut taken =
            taken.map(|one| if pattern.ends_with(" is {}.") { state(one) } else { one });
        let mut pieces = slovak.split("{}");
        let first = pieces.next().unwrap_or_default().to_owned();
        Some(pieces.fold(first, |text, piece| text + taken.next().unwrap_or_default() + piece))
    })
}

/// The pattern that `english` fits first.
#[cfg(test)]
pub(super) fn pattern(english: &str) -> Option<&'static str> {
    let fits = |(pattern, _): &&(&str, &str)| matched(pattern, english).is_some();
    PHRASES.iter().find(fits).map(|(pattern, _)| *pattern)
}

/// What stands in `text` in the place of each `{}`, if the rest is the same.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = pattern.split("{}").peekable();
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut taken = Vec::new();
    while let Some(piece) = pieces.next() {
        let is_last = pieces.peek().is_none();
        let end = if is_last { rest.strip_suffix(piece)?.len() } else { rest.find(piece)? };
        taken.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(taken)
}

pub(super) const PHRASES: &[(&str, &str)] = &[
    // Where in the query a rule is broken.
    ("is unknown, at byte {}", "taký parameter neexistuje (bajt {})"),
    ("must be given only once, at byte {}", "parameter smie byť uvedený iba raz (bajt {})"),
    (
        "has an unknown operator; known are eq, neq, gt, gte, lt, lte, in and nin, at byte {}",
        "neznámy operátor; známe sú eq, neq, gt, gte, lt, lte, in a nin (bajt {})",
    ),
    (
        "has no order; use eq, neq, in or nin, at byte {}",
        "hodnoty sa nedajú zoradiť; použite eq, neq, in alebo nin (bajt {})",
    ),
    (
        "has no order against null; use eq or neq, at byte {}",
        "s null sa hodnoty nedajú zoradiť; použite eq alebo neq (bajt {})",
    ),
    ("is never null, at byte {}", "hodnota nikdy nie je null (bajt {})"),
    ("has a quotation mark that is not closed, at byte {}", "úvodzovky nie sú uzavreté (bajt {})"),
    (
        "must quote an argument as a whole, with \\\" for a quotation mark inside, at byte {}",
        "v úvodzovkách musí byť celý argument, úvodzovky v ňom sa píšu ako \\\" (bajt {})",
    ),
    (
        "must be a whole number of at most 64 bits, at byte {}",
        "hodnota musí byť celé číslo s najviac 64 bitmi (bajt {})",
    ),
    (
        "must be a decimal number such as 12.5, at byte {}",
        "hodnota musí byť desatinné číslo v tvare 12.5 (bajt {})",
    ),
    ("must be true or false, at byte {}", "hodnota musí byť true alebo false (bajt {})"),
    ("must be one of {}, at byte {}", "hodnota musí byť jedna z: {} (bajt {})"),
    (
        "is one filter operation too many; a query has at most {}, at byte {}",
        "priveľa operácií filtra; dopyt ich môže mať najviac {} (bajt {})",
    ),
    ("must list at most {} values, at byte {}", "zoznam môže mať najviac {} hodnôt (bajt {})"),
    ("must have at most {} keys, at byte {}", "parameter môže mať najviac {} kľúčov (bajt {})"),
    ("has an unknown sort key, at byte {}", "neznámy kľúč zoradenia (bajt {})"),
    (
        "must give the direction of a key once: `key:asc`, `key:desc` or `-key`, at byte {}",
        "smer zoradenia kľúča sa uvádza raz: `key:asc`, `key:desc` alebo `-key` (bajt {})",
    ),
    (
        "must be a whole number from 0 to {}, at byte {}",
        "hodnota musí byť celé číslo od 0 do {} (bajt {})",
    ),
    (
        "must be percent-encoded UTF-8, at byte {}",
        "text musí byť v UTF-8 s percentovým kódovaním (bajt {})",
    ),
    ("must have at most {} bytes, at byte {}", "dopyt môže mať najviac {} bajtov (bajt {})"),
    (
        "must have at most {} decimals, at byte {}",
        "počet desatinných miest môže byť najviac {} (bajt {})",
    ),
    ("must not be beyond the limit, at byte {}", "hodnota prekračuje povolený rozsah (bajt {})"),
    ("must be at most {} bytes long, at byte {}", "hodnota môže mať najviac {} bajtov (bajt {})"),
    (
        "is not a date and time such as {}, at byte {}",
        "hodnota nie je dátum a čas v tvare {} (bajt {})",
    ),
    ("is not a date such as {}, at byte {}", "hodnota nie je dátum v tvare {} (bajt {})"),
    (
        "needs a zone: Z or an offset such as {}, at byte {}",
        "chýba časové pásmo: Z alebo posun v tvare {} (bajt {})",
    ),
    ("is not in the calendar, at byte {}", "taký dátum alebo čas v kalendári nie je (bajt {})"),
    (
        "has more than {} fraction digits, at byte {}",
        "zlomok sekundy má viac ako {} číslic (bajt {})",
    ),
    // The body as JSON.
    ("is empty", "telo požiadavky je prázdne"),
    (
        "must not begin with a byte order mark",
        "obsah sa nesmie začínať značkou poradia bajtov (BOM)",
    ),
    ("must be UTF-8, not UTF-16", "obsah musí byť v kódovaní UTF-8, nie UTF-16"),
    (
        "must be UTF-8, which it is not at byte {}",
        "obsah musí byť v kódovaní UTF-8, na bajte {} nie je",
    ),
    ("is not JSON at byte {}", "obsah nie je JSON, chyba je na bajte {}"),
    (
        "must end with its JSON value, which it does not at byte {}",
        "za hodnotou JSON nesmie nič nasledovať, na bajte {} niečo je",
    ),
    ("has half of a surrogate pair at byte {}", "na bajte {} je len polovica náhradného páru"),
    ("must nest at most {} deep", "vnorenie môže mať najviac {} úrovní"),
    ("is given twice", "hodnota je uvedená dvakrát"),
    ("did not arrive whole", "telo požiadavky nedorazilo celé"),
    // The shape of values.
    ("must be a text", "hodnota musí byť text"),
    ("must be a number", "hodnota musí byť číslo"),
    ("must be a whole number, not negative", "hodnota musí byť celé nezáporné číslo"),
    ("must be true or false", "hodnota musí byť true alebo false"),
    ("must be one of the customer's addresses", "musí to byť jedna z adries zákazníka"),
    ("must be one of {}", "hodnota musí byť jedna z: {}"),
    ("must be a list", "hodnota musí byť zoznam"),
    ("must be an object", "hodnota musí byť objekt"),
    ("must be a number or an object", "hodnota musí byť číslo alebo objekt"),
    ("is missing", "hodnota chýba"),
    ("must be the id in the path", "hodnota musí byť totožná s id v ceste"),
    (
        "must be the serial number in the path",
        "hodnota musí byť totožná so sériovým číslom v ceste",
    ),
    ("must be positive", "suma musí byť kladná"),
    ("must not be zero", "suma nesmie byť nula"),
    ("must not be negative", "suma nesmie byť záporná"),
    ("must not be given beside paid", "hodnota nesmie byť uvedená spolu s paid"),
    ("must be a card of this customer", "musí to byť karta tohto zákazníka"),
    ("must be another serial number", "musí to byť iné sériové číslo"),
    ("must be another customer", "musí to byť iný zákazník"),
    ("must be another transaction", "musí to byť iný pohyb"),
    ("must be a customer who is there", "taký zákazník musí existovať"),
    ("must be Blocked", "stav musí byť Blocked"),
    ("is not about a value that can be given up", "netýka sa hodnoty, ktorej sa možno vzdať"),
    ("must be null or {}", "hodnota musí byť null alebo {}"),
    // Ids and texts.
    ("must not be empty", "hodnota nesmie byť prázdna"),
    ("must have at most {} characters", "hodnota môže mať najviac {} znakov"),
    ("must have at most {} bytes of JSON", "údaje môžu mať v JSON najviac {} bajtov"),
    ("must have at most {} bytes", "hodnota môže mať najviac {} bajtov"),
    ("must have at most {} keys", "údaje môžu mať najviac {} kľúčov"),
    ("must have {} to {} characters", "hodnota musí mať {} až {} znakov"),
    ("must have {} to {} bytes", "hodnota musí mať {} až {} bajtov"),
    ("must be UTF-8", "hodnota musí byť v UTF-8"),
    (
        "must not hold control or invisible characters",
        "hodnota nesmie obsahovať riadiace ani neviditeľné znaky",
    ),
    ("must not hold control characters", "hodnota nesmie obsahovať riadiace znaky"),
    ("must not hold a NUL character", "hodnota nesmie obsahovať znak NUL"),
    ("must not hold the key {}", "údaje nesmú obsahovať kľúč {}"),
    (
        "must not begin or end with white space",
        "hodnota sa nesmie začínať ani končiť prázdnym znakom",
    ),
    ("must not be `.` or `..`", "hodnota nesmie byť `.` ani `..`"),
    // Preferences.
    ("`acknowledged` must be local, hub or root", "`acknowledged` musí byť local, hub alebo root"),
    ("`wait` must be whole seconds", "`wait` musí byť celý počet sekúnd"),
    ("must be text", "hodnota musí byť text"),
    // Numbers.
    ("must be at most {} bytes long", "hodnota môže mať najviac {} bajtov"),
    ("must have at most {} decimals", "počet desatinných miest môže byť najviac {}"),
    ("must not be beyond the limit", "hodnota prekračuje povolený rozsah"),
    ("is beyond the limit", "hodnota prekračuje povolený rozsah"),
    ("is too large to add up", "hodnota je príliš veľká na sčítanie"),
    ("must be 0 to 100 percent", "hodnota musí byť od 0 do 100 percent"),
    ("must be 0 to 100", "hodnota musí byť od 0 do 100"),
    ("must be a decimal from {} to {}", "hodnota musí byť desatinné číslo od {} do {}"),
    ("must be at most {}", "počet môže byť najviac {}"),
    // Times.
    ("is not a date and time such as {}", "hodnota nie je dátum a čas v tvare {}"),
    ("is not a date such as {}", "hodnota nie je dátum v tvare {}"),
    ("needs a zone: Z or an offset such as {}", "chýba časové pásmo: Z alebo posun v tvare {}"),
    ("is not in the calendar", "taký dátum alebo čas v kalendári nie je"),
    ("has more than {} fraction digits", "zlomok sekundy má viac ako {} číslic"),
    ("must not be before the activation", "koniec platnosti nesmie byť pred jej začiatkom"),
    ("must not be after today", "dátum nesmie byť neskorší ako dnešný"),
    // What is stored already.
    ("is used by another customer already", "hodnotu už používa iný zákazník"),
    ("is in use already", "hodnota sa už používa"),
    ("was erased and is never used again", "zákazník bol vymazaný natrvalo, id sa už nepoužije"),
    (
        "is needed because the credit differs from the balance",
        "hodnota je potrebná, pretože kredit sa líši od zostatku",
    ),
    ("is needed by a setting of this file", "hodnotu vyžaduje nastavenie tohto súboru"),
    ("is needed for this change", "hodnota je pri tejto zmene potrebná"),
    ("would take the balance below its limit", "zostatok by klesol pod povolenú hranicu"),
    (
        "must be zero before the customer is deleted, but is {}",
        "zostatok musí byť pred odstránením zákazníka nulový, je však {}",
    ),
    // Titles.
    ("Validation failed.", "Overenie údajov zlyhalo."),
    ("Bad Request", "Nesprávna požiadavka"),
    ("Unauthorized", "Neprihlásený používateľ"),
    ("Forbidden", "Prístup odmietnutý"),
    ("Not Found", "Nenájdené"),
    ("Method Not Allowed", "Nepovolená metóda"),
    ("Request Timeout", "Vypršal čas požiadavky"),
    ("Conflict", "Konflikt"),
    ("Precondition Failed", "Podmienka nie je splnená"),
    ("Payload Too Large", "Telo požiadavky je príliš veľké"),
    ("URI Too Long", "Adresa je príliš dlhá"),
    ("Unsupported Media Type", "Nepodporovaný typ obsahu"),
    ("Unprocessable Entity", "Nespracovateľná požiadavka"),
    ("Too Many Requests", "Priveľa požiadaviek"),
    ("Internal Server Error", "Vnútorná chyba servera"),
    ("Service Unavailable", "Služba je dočasne nedostupná"),
    ("Insufficient Storage", "Nedostatok miesta na disku"),
    // Why nobody is signed in.
    (
        "Nobody is signed in: the header Authorization is missing.",
        "Nikto nie je prihlásený: hlavička Authorization chýba.",
    ),
    (
        "Nobody is signed in: the header Authorization is given twice.",
        "Nikto nie je prihlásený: hlavička Authorization je uvedená dvakrát.",
    ),
    (
        "Nobody is signed in: the header Authorization must be `Bearer KEY` or a signature of NWS4.",
        "Nikto nie je prihlásený: hlavička Authorization musí byť `Bearer KEY` alebo podpis NWS4.",
    ),
    (
        "Nobody is signed in: the key is unknown or was revoked.",
        "Nikto nie je prihlásený: kľúč nie je známy alebo bol zrušený.",
    ),
    (
        "Nobody is signed in: the signature is not valid now.",
        "Nikto nie je prihlásený: podpis teraz nie je platný.",
    ),
    ("Nobody is signed in: {}.", "Nikto nie je prihlásený."),
    // Details.
    (
        "One or more rules are broken, see errors.",
        "Údaje porušujú jedno alebo viac pravidiel, pozrite errors.",
    ),
    ("The right {} is missing.", "Chýba oprávnenie {}."),
    ("There is no such route.", "Taká adresa neexistuje."),
    ("There is no such customer.", "Taký zákazník neexistuje."),
    ("There is no such card.", "Taká karta neexistuje."),
    ("There is no such open conflict.", "Taký otvorený konflikt neexistuje."),
    ("There is no such deleted customer.", "Taký odstránený zákazník neexistuje."),
    ("There is no such record.", "Taký záznam neexistuje."),
    ("This route knows {}.", "Táto adresa pozná metódy {}."),
    ("The body must be application/json.", "Telo požiadavky musí byť application/json."),
    ("The body must come without an encoding.", "Telo požiadavky musí prísť bez kódovania."),
    ("The body must have at most {} bytes.", "Telo požiadavky môže mať najviac {} bajtov."),
    (
        "Path and query must have at most {} bytes.",
        "Cesta a dopyt môžu mať spolu najviac {} bajtov.",
    ),
    ("The body did not arrive in time.", "Telo požiadavky neprišlo včas."),
    (
        "If-Match or If-None-Match names another state than the stored one.",
        "If-Match alebo If-None-Match uvádza iný stav, než aký je uložený.",
    ),
    (
        "The idempotency key was used for another request.",
        "Kľúč idempotencie už bol použitý na inú požiadavku.",
    ),
    (
        "The first request with this idempotency key has no answer yet.",
        "Prvá požiadavka s týmto kľúčom idempotencie ešte nemá odpoveď.",
    ),
    (
        "Too many attempts to sign in failed; try again in {} s.",
        "Priveľa neúspešných prihlásení; skúste znova o {} s.",
    ),
    ("Too many requests; try again in {} s.", "Priveľa požiadaviek; skúste znova o {} s."),
    ("Too much work waits; try again in {} s.", "Server je preťažený; skúste znova o {} s."),
    ("Version {} was sent, version {} is stored.", "Odoslaná verzia je {}, uložená verzia je {}."),
    ("The balance is {}, {} was requested.", "Zostatok je {}, požadovaných bolo {}."),
    ("The customer is not valid before {}.", "Zákazník platí až od {}."),
    ("The customer expired at {}.", "Platnosť zákazníka uplynula {}."),
    ("The customer is {}.", "Zákazníka nemožno obslúžiť: je {}."),
    ("The card is not active.", "Karta je vypnutá."),
    ("The card is not valid before {}.", "Karta platí až od {}."),
    ("The card expired at {}.", "Platnosť karty uplynula {}."),
    ("The card is {}.", "Kartu nemožno použiť: je {}."),
    (
        "The id of the credit transaction was used before with other content.",
        "Id pohybu kreditu už bolo použité s iným obsahom.",
    ),
    (
        "The credit transaction cannot be reversed: it is a reversal itself.",
        "Pohyb kreditu nemožno stornovať: sám je stornom.",
    ),
    (
        "The credit transaction cannot be reversed: it is one half of a merge.",
        "Pohyb kreditu nemožno stornovať: je polovicou zlúčenia.",
    ),
    (
        "The credit transaction cannot be reversed: it belongs to another customer.",
        "Pohyb kreditu nemožno stornovať: patrí inému zákazníkovi.",
    ),
    (
        "The credit transaction cannot be reversed: it is reversed already.",
        "Pohyb kreditu nemožno stornovať: už je stornovaný.",
    ),
    ("There is no space left; nothing was stored.", "Na disku nie je miesto; nič sa neuložilo."),
    ("Nothing was stored; try again later.", "Nič sa neuložilo; skúste to neskôr."),
    (
        "It is unknown whether the change was stored; read before repeating it.",
        "Nie je známe, či sa zmena uložila; pred opakovaním ju overte čítaním.",
    ),
    (
        "The server failed; its log tells more under the trace id.",
        "Server zlyhal; viac je v jeho denníku pod traceId.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_over_what_varies() {
        for (english, expected) in [
            ("must have at most 64 characters", Some("hodnota môže mať najviac 64 znakov")),
            ("must have at most 64 characters!", None),
            ("is missing", Some("hodnota chýba")),
            ("must be one of a, b, at byte 7", Some("hodnota musí byť jedna z: a, b (bajt 7)")),
            ("", None),
        ] {
            assert_eq!(phrase(english).as_deref(), expected, "{english}");
        }
    }

    /// Every phrase of the table, its gaps filled.
    #[test]
    fn no_phrase_hides_another() {
        for (pattern, slovak) in PHRASES {
            let (english, gaps) =
                (pattern.replace("{}", "7"), |text: &str| text.matches("{}").count());
            assert!(gaps(slovak) <= gaps(pattern), "{pattern}");
            assert_eq!(phrase(&english), Some(slovak.replace("{}", "7")), "{pattern}");
        }
    }
}
