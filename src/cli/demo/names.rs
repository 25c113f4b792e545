//! Names for invented people, firms and places. Nobody in particular is meant.

/// What people, firms and streets are called where a language is spoken; lists have a comma and a
/// space between two names.
#[derive(Debug)]
pub(super) struct Names {
    /// Given names of men.
    pub(super) men: &'static str,
    /// Given names of women.
    pub(super) women: &'static str,
    /// Family names, as men have them.
    pub(super) families: &'static str,
    /// How a woman's family name comes from a man's: its last letters, and what stands in their
    /// place, the first that fits.
    pub(super) daughters: &'static [(&'static str, &'static str)],
    /// What firms do; a family name follows.
    pub(super) trades: &'static str,
    /// The legal form, behind a firm's name.
    pub(super) legal_form: &'static str,
    /// Streets without their numbers.
    pub(super) streets: &'static str,
    /// Cities, each with the digits of one of its postal codes.
    pub(super) cities: &'static str,
    /// As addresses have it, and before the digits of a VAT number.
    pub(super) country: &'static str,
    /// How many digits a VAT number has.
    pub(super) n_vat_digits: u32,
    /// Before the last six digits of a phone number.
    pub(super) phone: &'static str,
}

/// How a Slovak or Czech woman's family name comes from a man's.
const DAUGHTERS: &[(&str, &str)] =
    &[("ý", "á"), ("ek", "ková"), ("ec", "cová"), ("a", "ová"), ("o", "ová"), ("", "ová")];

pub(super) const SLOVAK: Names = Names {
    men: "Adam, Andrej, Branislav, Daniel, Dušan, František, Igor, Ivan, Jakub, Ján, Jozef, Juraj, \
          Ladislav, Ľuboš, Lukáš, Marek, Marián, Martin, Matej, Michal, Milan, Miroslav, Oliver, \
          Ondrej, Patrik, Pavol, Peter, Radoslav, Rastislav, Richard, Roman, Samuel, Slavomír, \
          Stanislav, Štefan, Tibor, Tomáš, Viktor, Viliam, Vladimír, Vojtech, Zdenko",
    women: "Adriana, Alena, Alžbeta, Andrea, Anna, Barbora, Beáta, Božena, Dagmar, Daniela, Denisa, \
          Dominika, Ema, Eva, Gabriela, Helena, Ivana, Jana, Jarmila, Katarína, Kristína, Lenka, \
          Ľubica, Lucia, Mária, Marta, Michaela, Monika, Natália, Nina, Oľga, Petra, Renáta, Simona, \
          Soňa, Terézia, Valéria, Veronika, Viera, Zuzana, Žaneta, Žofia",
    families: "Babiak, Baláž, Bartoš, Belák, Blaho, Chovan, Dubovský, Ďurica, Fabian, Gajdoš, Greguš, \
          Halás, Havran, Horváth, Hudák, Hudec, Ivančík, Jurík, Kalina, Kollár, Kováč, Kováčik, Kráľ, \
          Krajčír, Kubík, Lipták, Lukáč, Maďar, Medveď, Mihálik, Mikuš, Mlynár, Molnár, Novák, Oravec, \
          Pavlík, Polák, Rybár, Sedlák, Slovák, Šimko, Štefánik, Tkáč, Tóth, Urban, Valent, Varga, \
          Vrábel, Zeman, Zelený",
    daughters: DAUGHTERS,
    trades: "Pekáreň, Kvetinárstvo, Stavebniny, Kaviareň, Autoservis, Kníhkupectvo, Penzión, Stolárstvo, \
          Vinárstvo, Lekáreň, Účtovníctvo, Záhradníctvo",
    legal_form: "s. r. o.",
    streets: "Hlavná, Štúrova, Hviezdoslavova, Mlynská, Školská, Záhradná, Kvetná, Lipová, Železničná, \
          Jarná, Krátka, Dlhá, Jesenského, Moyzesova, Nová, Poštová, Lúčna, Brezová, Športová, Tichá",
    cities: "Bratislava 811 01, Košice 040 01, Prešov 080 01, Žilina 010 01, Banská Bystrica 974 01, \
          Nitra 949 01, Trnava 917 01, Trenčín 911 01, Martin 036 01, Poprad 058 01, Zvolen 960 01, \
          Michalovce 071 01",
    country: "SK",
    phone: "+421 900 ",
    n_vat_digits: 10,
};

pub(super) const CZECH: Names = Names {
    men: "Adam, Aleš, Antonín, Bohumil, Dalibor, David, Dominik, Filip, František, Hynek, Ivo, Jakub, \
          Jan, Jaromír, Jaroslav, Jindřich, Jiří, Josef, Kamil, Karel, Kryštof, Libor, Lubomír, Luděk, \
          Lukáš, Marek, Matěj, Miloš, Miroslav, Oldřich, Ondřej, Otakar, Pavel, Petr, Radek, Radim, \
          Rudolf, Šimon, Tomáš, Václav, Vojtěch, Zdeněk",
    women: "Adéla, Alena, Aneta, Anežka, Barbora, Blanka, Božena, Dana, Drahomíra, Eliška, Ema, Eva, \
          Hana, Helena, Ilona, Irena, Ivana, Jana, Jaroslava, Jiřina, Jitka, Kamila, Karolína, \
          Kateřina, Klára, Kristýna, Lenka, Libuše, Ludmila, Magdaléna, Markéta, Milena, Nikola, Olga, \
          Pavla, Radka, Růžena, Šárka, Tereza, Vendula, Zdeňka, Zuzana",
    families: "Bartoš, Beneš, Bláha, Blažek, Březina, Bureš, Čech, Čermák, Černý, Dlouhý, Doležal, Dostál, \
          Dušek, Dvořák, Fiala, Hájek, Holub, Horák, Hruška, Jelínek, Kadlec, Kolář, Konečný, Kopecký, \
          Král, Kratochvíl, Kříž, Kučera, Malý, Mareš, Marek, Mašek, Moravec, Navrátil, Němec, Novák, \
          Novotný, Pokorný, Pospíšil, Procházka, Říha, Růžička, Sedláček, Soukup, Svoboda, Šimek, \
          Štěpánek, Tichý, Urban, Vaníček, Veselý, Vlček, Zeman",
    daughters: DAUGHTERS,
    trades: "Pekařství, Květinářství, Stavebniny, Kavárna, Autoservis, Knihkupectví, Penzion, \
          Truhlářství, Vinařství, Lékárna, Účetnictví, Zahradnictví",
    legal_form: "s.r.o.",
    streets: "Hlavní, Husova, Jiráskova, Mlýnská, Školní, Zahradní, Květinová, Lipová, Nádražní, Jarní, \
          Krátká, Dlouhá, Palackého, Komenského, Nová, Poštovní, Luční, Březová, Sportovní, Tichá",
    cities: "Praha 110 00, Brno 602 00, Ostrava 702 00, Plzeň 301 00, Liberec 460 01, Olomouc 779 00, \
          České Budějovice 370 01, Hradec Králové 500 02, Pardubice 530 02, Zlín 760 01, Jihlava 586 \
          01, Opava 746 01",
    country: "CZ",
    phone: "+420 700 ",
    n_vat_digits: 8,
};

pub(super) const GERMAN: Names = Names {
    men: "Andreas, Anton, Bernd, Björn, Christian, Daniel, Dieter, Felix, Florian, Frank, Georg, Hans, \
          Heiko, Jan, Jens, Johannes, Jonas, Jürgen, Kai, Karl, Klaus, Lars, Leon, Lukas, Manfred, \
          Markus, Martin, Matthias, Max, Michael, Oliver, Paul, Peter, Philipp, Ralf, Sebastian, \
          Stefan, Sven, Thomas, Uwe, Werner, Wolfgang",
    women: "Andrea, Angelika, Anja, Anke, Anna, Birgit, Brigitte, Christa, Claudia, Daniela, Elisabeth, \
          Emma, Eva, Franziska, Gabriele, Gisela, Hannah, Heike, Helga, Ines, Johanna, Jutta, Karin, \
          Katharina, Kerstin, Lena, Luisa, Maria, Marie, Martina, Monika, Nadine, Nicole, Petra, \
          Renate, Sabine, Sandra, Silke, Sophie, Stefanie, Ulrike, Ursula",
    families: "Albrecht, Arnold, Bauer, Becker, Böhm, Braun, Busch, Fischer, Förster, Frank, Friedrich, \
          Fuchs, Graf, Groß, Günther, Haas, Hahn, Hartmann, Heinrich, Hoffmann, Huber, Jäger, Kaiser, \
          Keller, Klein, Koch, König, Kraus, Krüger, Kühn, Lang, Lehmann, Ludwig, Maier, Meyer, \
          Möller, Müller, Neumann, Pohl, Richter, Roth, Sauer, Schäfer, Schmidt, Schneider, Schulz, \
          Seidel, Vogel, Wagner, Weiß, Winkler, Ziegler",
    daughters: &[("", "")],
    trades: "Bäckerei, Blumenhaus, Baustoffe, Café, Autohaus, Buchhandlung, Pension, Tischlerei, Weingut, \
          Apotheke, Steuerbüro, Gärtnerei",
    legal_form: "GmbH",
    streets: "Hauptstraße, Goethestraße, Schillerstraße, Mühlweg, Schulstraße, Gartenstraße, Blumenweg, \
          Lindenallee, Bahnhofstraße, Frühlingstraße, Kurze Straße, Lange Straße, Lessingstraße, \
          Beethovenstraße, Neue Straße, Poststraße, Wiesenweg, Birkenweg, Am Sportplatz, Waldweg",
    cities: "Berlin 10115, Hamburg 20095, München 80331, Köln 50667, Leipzig 04109, Dresden 01067, \
          Nürnberg 90402, Stuttgart 70173, Passau 94032, Görlitz 02826, Würzburg 97070, Regensburg \
          93047",
    country: "DE",
    phone: "+49 1500 ",
    n_vat_digits: 9,
};
