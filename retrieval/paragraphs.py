"""Say the same in every language, to find out how near a model takes texts for their language alone. Pure data.

Each paragraph tells what the others tell, and nothing in particular. Its vector stands for its language: what a
question has in common with it, it has in common with any text of that language.
"""

from typing import Final

PARAGRAPHS: Final = {
    "bg": (
        "Срещата започва сутринта и свършва преди обяда. Моля, прочетете следващите страници и отговорете на "
        "въпросите накрая. Сградата стои на ъгъла на две улици и много хора минават всеки ден покрай нея. Тази част "
        "описва какво е направено, от кого и кога. Повече сведения има в приложението. Ако нещо не е ясно, "
        "попитайте колега, който работи тук от по-дълго време."
    ),
    "cs": (
        "Schůzka začíná ráno a končí před obědem. Přečtěte si prosím následující stránky a odpovězte na otázky na "
        "konci. Budova stojí na rohu dvou ulic a každý den kolem ní projde mnoho lidí. Tato část popisuje, co se "
        "udělalo, kdo to udělal a kdy. Další údaje jsou v příloze. Pokud něco není jasné, zeptejte se kolegy, který "
        "zde pracuje déle."
    ),
    "da": (
        "Mødet begynder om morgenen og slutter før frokost. Læs venligst de følgende sider og svar på spørgsmålene "
        "til sidst. Bygningen ligger på hjørnet af to gader, og mange mennesker går forbi den hver dag. Denne del "
        "beskriver, hvad der er gjort, af hvem og hvornår. Flere oplysninger findes i bilaget. Hvis noget er "
        "uklart, så spørg en kollega, som har arbejdet her længere."
    ),
    "de": (
        "Die Besprechung beginnt am Morgen und endet vor dem Mittagessen. Bitte lesen Sie die folgenden Seiten und "
        "beantworten Sie die Fragen am Ende. Das Gebäude steht an der Ecke zweier Straßen, und viele Menschen "
        "kommen täglich daran vorbei. Dieser Teil beschreibt, was getan wurde, von wem und wann. Weitere Angaben "
        "stehen im Anhang. Wenn etwas unklar ist, fragen Sie jemanden, der schon länger hier arbeitet."
    ),
    "el": (
        "Η συνάντηση αρχίζει το πρωί και τελειώνει πριν από το μεσημεριανό. Παρακαλούμε διαβάστε τις επόμενες "
        "σελίδες και απαντήστε στις ερωτήσεις στο τέλος. Το κτίριο βρίσκεται στη γωνία δύο δρόμων και πολλοί "
        "άνθρωποι περνούν κάθε μέρα από μπροστά του. Αυτό το μέρος περιγράφει τι έγινε, από ποιον και πότε. "
        "Περισσότερα στοιχεία υπάρχουν στο παράρτημα. Αν κάτι δεν είναι σαφές, ρωτήστε έναν συνάδελφο που εργάζεται "
        "εδώ περισσότερο καιρό."
    ),
    "en": (
        "The meeting begins in the morning and ends before lunch. Please read the following pages and answer the "
        "questions at the end. The building stands at the corner of two streets, and many people pass it every day. "
        "This part describes what has been done, by whom, and when. Further information can be found in the "
        "appendix. If something is unclear, ask a colleague who has worked here for longer."
    ),
    "es": (
        "La reunión empieza por la mañana y termina antes de la comida. Lea las páginas siguientes y responda a las "
        "preguntas del final. El edificio está en la esquina de dos calles y mucha gente pasa por delante cada día. "
        "Esta parte describe lo que se ha hecho, quién lo hizo y cuándo. Encontrará más información en el anexo. Si "
        "algo no está claro, pregunte a un compañero que lleve más tiempo aquí."
    ),
    "et": (
        "Koosolek algab hommikul ja lõpeb enne lõunat. Palun lugege järgmised leheküljed läbi ja vastake lõpus "
        "olevatele küsimustele. Hoone seisab kahe tänava nurgal ja paljud inimesed mööduvad sellest iga päev. See "
        "osa kirjeldab, mida on tehtud, kes seda tegi ja millal. Lisateavet leiate lisast. Kui midagi on ebaselge, "
        "küsige kolleegilt, kes on siin kauem töötanud."
    ),
    "fi": (
        "Kokous alkaa aamulla ja päättyy ennen lounasta. Lukekaa seuraavat sivut ja vastatkaa lopussa oleviin "
        "kysymyksiin. Rakennus on kahden kadun kulmassa, ja monet ihmiset kulkevat sen ohi joka päivä. Tässä osassa "
        "kerrotaan, mitä on tehty, kuka sen teki ja milloin. Lisätietoja on liitteessä. Jos jokin on epäselvää, "
        "kysykää työtoverilta, joka on ollut täällä pidempään."
    ),
    "fr": (
        "La réunion commence le matin et se termine avant le déjeuner. Veuillez lire les pages suivantes et "
        "répondre aux questions à la fin. Le bâtiment se trouve à l'angle de deux rues et beaucoup de gens passent "
        "devant chaque jour. Cette partie décrit ce qui a été fait, par qui et quand. D'autres renseignements "
        "figurent en annexe. Si quelque chose n'est pas clair, demandez à un collègue qui travaille ici depuis plus "
        "longtemps."
    ),
    "ga": (
        "Tosaíonn an cruinniú ar maidin agus críochnaíonn sé roimh an lón. Léigh na leathanaigh seo a leanas agus "
        "freagair na ceisteanna ag an deireadh. Tá an foirgneamh ar choirnéal dhá shráid agus téann go leor daoine "
        "thairis gach lá. Déanann an chuid seo cur síos ar an méid a rinneadh, cé a rinne é agus cathain. Tá "
        "tuilleadh eolais san aguisín. Mura bhfuil rud éigin soiléir, fiafraigh de chomhghleacaí atá ag obair anseo "
        "níos faide."
    ),
    "hr": (
        "Sastanak počinje ujutro i završava prije ručka. Molimo pročitajte sljedeće stranice i odgovorite na "
        "pitanja na kraju. Zgrada stoji na uglu dviju ulica i mnogi ljudi svaki dan prolaze pokraj nje. Ovaj dio "
        "opisuje što je učinjeno, tko je to učinio i kada. Više podataka nalazi se u prilogu. Ako nešto nije jasno, "
        "pitajte kolegu koji ovdje radi dulje."
    ),
    "hu": (
        "A megbeszélés reggel kezdődik és ebéd előtt ér véget. Kérjük, olvassa el a következő oldalakat, és "
        "válaszoljon a végén található kérdésekre. Az épület két utca sarkán áll, és sokan haladnak el mellette "
        "minden nap. Ez a rész leírja, mi történt, ki tette és mikor. További adatok a mellékletben találhatók. Ha "
        "valami nem világos, kérdezzen meg egy kollégát, aki régebben dolgozik itt."
    ),
    "it": (
        "La riunione comincia la mattina e finisce prima di pranzo. Si prega di leggere le pagine seguenti e di "
        "rispondere alle domande alla fine. L'edificio si trova all'angolo di due strade e molte persone ci passano "
        "davanti ogni giorno. Questa parte descrive che cosa è stato fatto, da chi e quando. Altre informazioni si "
        "trovano nell'allegato. Se qualcosa non è chiaro, chieda a un collega che lavora qui da più tempo."
    ),
    "lt": (
        "Susitikimas prasideda ryte ir baigiasi prieš pietus. Prašome perskaityti kitus puslapius ir atsakyti į "
        "klausimus pabaigoje. Pastatas stovi dviejų gatvių kampe, ir pro jį kasdien praeina daug žmonių. Šioje "
        "dalyje aprašoma, kas padaryta, kieno ir kada. Daugiau duomenų rasite priede. Jei kas nors neaišku, "
        "klauskite kolegos, kuris čia dirba ilgiau."
    ),
    "lv": (
        "Sanāksme sākas no rīta un beidzas pirms pusdienām. Lūdzu, izlasiet nākamās lappuses un atbildiet uz "
        "jautājumiem beigās. Ēka atrodas divu ielu stūrī, un daudzi cilvēki katru dienu iet tai garām. Šajā daļā ir "
        "aprakstīts, kas ir izdarīts, kas to izdarīja un kad. Vairāk ziņu ir pielikumā. Ja kaut kas nav skaidrs, "
        "jautājiet kolēģim, kurš šeit strādā ilgāk."
    ),
    "mt": (
        "Il-laqgħa tibda filgħodu u tispiċċa qabel l-ikel ta' nofsinhar. Jekk jogħġbok aqra l-paġni li ġejjin u "
        "wieġeb il-mistoqsijiet fl-aħħar. Il-bini jinsab fil-kantuniera ta' żewġ toroq u ħafna nies jgħaddu minn "
        "quddiemu kuljum. Din il-parti tiddeskrivi x'sar, minn min u meta. Aktar tagħrif jinsab fl-anness. Jekk xi "
        "ħaġa mhix ċara, staqsi lil kollega li ilu jaħdem hawn aktar."
    ),
    "nl": (
        "De vergadering begint 's ochtends en eindigt voor de lunch. Lees de volgende bladzijden en beantwoord de "
        "vragen aan het einde. Het gebouw staat op de hoek van twee straten en veel mensen komen er elke dag langs. "
        "Dit deel beschrijft wat er is gedaan, door wie en wanneer. Meer gegevens staan in de bijlage. Als iets "
        "niet duidelijk is, vraag het dan aan een collega die hier al langer werkt."
    ),
    "no": (
        "Møtet begynner om morgenen og slutter før lunsj. Les de følgende sidene og svar på spørsmålene til slutt. "
        "Bygningen ligger på hjørnet av to gater, og mange mennesker går forbi den hver dag. Denne delen beskriver "
        "hva som er gjort, av hvem og når. Flere opplysninger finnes i vedlegget. Hvis noe er uklart, spør en "
        "kollega som har arbeidet her lenger."
    ),
    "pl": (
        "Spotkanie zaczyna się rano i kończy przed obiadem. Proszę przeczytać następne strony i odpowiedzieć na "
        "pytania na końcu. Budynek stoi na rogu dwóch ulic i codziennie przechodzi obok niego wielu ludzi. Ta część "
        "opisuje, co zostało zrobione, przez kogo i kiedy. Więcej informacji znajduje się w załączniku. Jeśli coś "
        "jest niejasne, proszę zapytać kolegę, który pracuje tu dłużej."
    ),
    "pt": (
        "A reunião começa de manhã e termina antes do almoço. Leia as páginas seguintes e responda às perguntas no "
        "fim. O edifício fica na esquina de duas ruas e muitas pessoas passam por ele todos os dias. Esta parte "
        "descreve o que foi feito, por quem e quando. Encontra mais informações no anexo. Se algo não estiver "
        "claro, pergunte a um colega que trabalhe aqui há mais tempo."
    ),
    "ro": (
        "Ședința începe dimineața și se termină înainte de prânz. Vă rugăm să citiți paginile următoare și să "
        "răspundeți la întrebările de la sfârșit. Clădirea se află la colțul a două străzi și mulți oameni trec "
        "zilnic pe lângă ea. Această parte descrie ce s-a făcut, de către cine și când. Mai multe informații se "
        "găsesc în anexă. Dacă ceva nu este clar, întrebați un coleg care lucrează aici de mai mult timp."
    ),
    "ru": (
        "Совещание начинается утром и заканчивается до обеда. Пожалуйста, прочитайте следующие страницы и ответьте "
        "на вопросы в конце. Здание стоит на углу двух улиц, и каждый день мимо него проходит много людей. В этой "
        "части описано, что было сделано, кем и когда. Другие сведения приведены в приложении. Если что-то "
        "непонятно, спросите коллегу, который работает здесь дольше."
    ),
    "sk": (
        "Porada sa začína ráno a končí pred obedom. Prečítajte si, prosím, nasledujúce strany a odpovedzte na "
        "otázky na konci. Budova stojí na rohu dvoch ulíc a každý deň okolo nej prejde veľa ľudí. Táto časť "
        "opisuje, čo sa urobilo, kto to urobil a kedy. Ďalšie údaje sú v prílohe. Ak niečo nie je jasné, opýtajte "
        "sa kolegu, ktorý tu pracuje dlhšie."
    ),
    "sl": (
        "Sestanek se začne zjutraj in konča pred kosilom. Prosimo, preberite naslednje strani in odgovorite na "
        "vprašanja na koncu. Stavba stoji na vogalu dveh ulic in mnogo ljudi gre vsak dan mimo nje. Ta del opisuje, "
        "kaj je bilo narejeno, kdo je to naredil in kdaj. Več podatkov je v prilogi. Če kaj ni jasno, vprašajte "
        "sodelavca, ki tukaj dela dlje."
    ),
    "sv": (
        "Mötet börjar på morgonen och slutar före lunch. Läs följande sidor och svara på frågorna i slutet. "
        "Byggnaden ligger i hörnet av två gator, och många människor går förbi den varje dag. Den här delen "
        "beskriver vad som har gjorts, av vem och när. Fler uppgifter finns i bilagan. Om något är oklart, fråga en "
        "kollega som har arbetat här längre."
    ),
    "tr": (
        "Toplantı sabah başlar ve öğle yemeğinden önce biter. Lütfen sonraki sayfaları okuyun ve sondaki soruları "
        "yanıtlayın. Bina iki sokağın köşesindedir ve her gün birçok insan önünden geçer. Bu bölüm neyin, kim "
        "tarafından ve ne zaman yapıldığını anlatır. Daha fazla bilgi ektedir. Anlaşılmayan bir şey olursa, burada "
        "daha uzun süredir çalışan bir arkadaşa sorun."
    ),
    "uk": (
        "Нарада починається вранці й закінчується до обіду. Будь ласка, прочитайте наступні сторінки й дайте "
        "відповідь на запитання наприкінці. Будівля стоїть на розі двох вулиць, і щодня повз неї проходить багато "
        "людей. Ця частина описує, що було зроблено, ким і коли. Більше відомостей є в додатку. Якщо щось "
        "незрозуміло, запитайте колегу, який працює тут довше."
    ),
}
