//! The words that are looked for, in English and Spanish, without case and accents.

use super::Intent;

/// A run of words; each may be any of several, separated by `|`.
pub(super) type Phrase = &'static str;

/// Phrases of one weight, from -3 to 3. Zero is for words that mean nothing here and are part of others.
pub(super) const MOODS: &[(i32, &[Phrase])] = &[
    (
        -3,
        &[
            "terrible|horrible|awful|unacceptable|disgusting|disgusted|worst|furious|outrageous|scam|fraud",
            "pathetic|ridiculous|incompetent|hate|appalling|nightmare|disgrace|lawyer|fuck|fucking|shit",
            "rip off",
            "ripped me|us off",
            "pesimo|pesima|terribles|horribles|inaceptable|asqueroso|asco|estafa|fraude|furioso|furiosa",
            "odio|vergonzoso|vergonzosa|ridiculo|ridicula|incompetente|incompetentes|pesadilla|abogado|mierda",
            "fatal|malisimo|malisima",
            "😡|🤬|🤮|👿",
        ],
    ),
    (
        -2,
        &[
            "angry|mad|upset|annoyed|annoying|frustrated|frustrating|disappointed|disappointing|unhappy|rude",
            "bad|poor|broken|ruined|damaged|wrong|fail|failed|useless|worse|complaint|complain|ignored",
            "unprofessional|overcharged|mess|leaking|leaks|flooded|flooding|sick and tired",
            "no show",
            "didnt show",
            "never|nobody|noone came|showed|called|arrived",
            "no one came|showed|called|arrived",
            "doesnt|didnt|not|isnt|wont|dont work|working",
            "fed up",
            "not acceptable",
            "waste of time|money",
            "let me|us down",
            "enojado|enojada|molesto|molesta|enfadado|enfadada|frustrado|frustrada|decepcionado|decepcionada",
            "malo|mala|mal|roto|rota|danado|danada|queja|quejarme|grosero|grosera|inutil|peor|arruinado",
            "no funciona|sirve|vino|llego|llegaron|vinieron|contestan|responden",
            "nadie vino|llego|llamo|contesta|responde",
            "perdida de tiempo",
            "una verguenza",
            "😠|😤|👎|😢|😭|💔",
        ],
    ),
    (
        -1,
        &[
            "late|delayed|delay|problem|problems|issue|issues|waiting|slow|unfortunately|sad|confused|worried",
            "expensive|missed|missing|error|errors|sorry|hurry|noisy|dirty|cold",
            "still not|nothing|no",
            "tarde|retraso|problema|problemas|esperando|lento|lenta|triste|confundido|confundida|preocupado",
            "preocupada|caro|cara|lamentablemente|falta|faltan|sucio|sucia",
            "todavia|aun nada|no",
            "🙁|☹|😕|😞|😟|😒",
        ],
    ),
    (
        0,
        &[
            "no thanks|thank",
            "no gracias",
            "not sure",
            "no se|estoy|puedo",
            "no later|earlier|more",
            "good|buen|buena morning|afternoon|evening|night|tarde|noche|dia",
            "buenos|buenas dias|tardes|noches",
            "at the latest",
            "mas tarde",
            "por la tarde",
            "late|later afternoon|evening|morning|today",
            "how much",
        ],
    ),
    (
        1,
        &[
            "nice|fine|helpful|fixed|works|worked|resolved|cool|friendly|clean|quick|fast",
            "no problem|worries|problems|issues",
            "not bad",
            "bien|amable|amables|funciona|rapido|rapida|limpio|limpia|arreglado|resuelto",
            "sin|ningun problema|problemas",
            "🙂|👌|✅",
        ],
    ),
    (
        2,
        &[
            "good|thanks|thank|thx|ty|appreciate|appreciated|grateful|glad|pleased|yay",
            "great|happy|awesome|love|loved|wonderful|perfect|excellent|fantastic|brilliant|best|delighted",
            "recommend|impressed|professional|lovely|superb",
            "cant wait",
            "well done",
            "bueno|buena|gracias|agradezco|agradecido|agradecida|contento|contenta|genial",
            "perfecto|perfecta|excelente|maravilloso|maravillosa|feliz|encanta|encanto|fantastico|fantastica",
            "mejor|recomiendo|estupendo|estupenda|profesional|buenisimo|buenisima",
            "😀|😃|😄|😁|😊|❤|🎉|💯|🙌|🤗|👍|☺|🙏",
        ],
    ),
    (
        3,
        &[
            "amazing|outstanding|incredible|exceptional|lifesaver",
            "great job",
            "thank you so|very much",
            "cant thank|recommend you|enough",
            "cant thank you enough",
            "muchas|mil gracias",
            "increible|espectacular|excepcional",
            "😍|🥰|🤩",
        ],
    ),
];

/// Turn what follows closely into its opposite.
pub(super) const NEGATIONS: Phrase = "not|no|never|dont|doesnt|didnt|isnt|arent|wasnt|werent|wont|cant|cannot|couldnt|wouldnt|\
     shouldnt|havent|hasnt|hadnt|aint|hardly|without|nunca|jamas|ni|sin|tampoco";

/// Make what follows at once weigh more.
pub(super) const STRONGER: Phrase =
    "very|really|so|extremely|totally|absolutely|super|too|muy|tan|realmente|demasiado|bastante";

/// End what a negation is about.
pub(super) const TURNS: Phrase = "but|and|however|pero|y|aunque|because|porque";

/// What a text is about; a phrase of several words tells more than a single one.
pub(super) const INTENTS: &[(Intent, &[Phrase])] = &[
    (
        Intent::Cancel,
        &[
            "cancel|cancelling|canceling|cancelled|canceled|cancellation",
            "call it|this off",
            "no longer need|want|interested",
            "dont|not need|want it|you|this|anymore",
            "not interested",
            "cancelar|cancele|cancela|cancelen|cancelo|cancelacion|anular|anule",
            "ya no necesito|necesitamos|quiero|queremos",
            "no me interesa",
        ],
    ),
    (
        Intent::Reschedule,
        &[
            "reschedule|rescheduling|rescheduled|postpone|postponed",
            "move|change|push my|the|our appointment|visit|booking|time|slot|date",
            "another|different|other|better day|time|date|slot",
            "push it|this back",
            "come|be later|earlier",
            "later|earlier time|slot",
            "cant make it|that|tomorrow|today",
            "reprogramar|reprograme|reagendar|reagende|posponer|posponga|aplazar|aplace",
            "cambiar|mover|cambie la|mi|de|el cita|visita|hora|fecha|dia",
            "otro|otra dia|hora|fecha|momento",
            "no puedo ir|llegar|manana|hoy",
        ],
    ),
    (
        Intent::Complaint,
        &[
            "complaint|complain|unacceptable|refund|scam|unprofessional|terrible|horrible|awful|worst",
            "never|nobody|noone came|showed|called|arrived",
            "no one came|showed|called|arrived",
            "no show",
            "still broken|leaking|waiting|not",
            "doesnt|didnt|not|isnt|wont work|working",
            "been waiting",
            "speak|talk to|with your|a|the manager|supervisor",
            "fed up",
            "overcharged",
            "money back",
            "queja|quejarme|reclamo|reclamar|reembolso|inaceptable|estafa|pesimo|pesima",
            "nadie vino|llego|llamo|contesta|responde",
            "no funciona|sirve|vino|llego|llegaron|vinieron|contestan|responden",
            "sigo|seguimos esperando",
            "llevo esperando",
            "hablar con el|un|su gerente|supervisor|encargado",
        ],
    ),
    (
        Intent::Booking,
        &[
            "book|booking|schedule|appointment|reserve|reservation|quote|estimate|availability",
            "set up a|an visit|appointment|time",
            "can|could you|someone|somebody come",
            "need|want a|an plumber|technician|electrician|appointment|visit|quote|estimate|cleaning|repair",
            "are you available",
            "agendar|agende|reservar|reserva|cita|turno|presupuesto|cotizacion|disponibilidad",
            "pueden|puede|podrian|podria venir|mandar|enviar",
            "necesito|quiero|necesitamos|quisiera un|una cita|visita|tecnico|plomero|electricista|presupuesto",
        ],
    ),
    (
        Intent::Payment,
        &[
            "pay|paid|payment|payments|invoice|bill|billing|billed|charge|charged|receipt|deposit|price|cost",
            "credit|debit card",
            "how much",
            "amount due",
            "pagar|pago|pague|pagos|factura|facturas|cobro|cobraron|recibo|precio|cuesta|tarjeta|deposito",
            "cuanto es|cuesta|vale|debo|sale",
        ],
    ),
    (
        Intent::Thanks,
        &[
            "thanks|thank|thx|ty|appreciate|appreciated|grateful|cheers",
            "gracias|agradezco|agradecido|agradecida",
            "well done",
            "great job",
            "🙏",
        ],
    ),
];

/// A sentence that begins with one of these asks, even without its mark.
pub(super) const QUESTIONS: &[Phrase] = &[
    "what|when|where|who|why|how|which|whats|whens|wheres|whos|hows",
    "is|are|was|were|do|does|did|can|could|will|would|should|has|have it|he|she|they|you|there|the|this|that|my|we|i|your|someone|anyone|somebody",
    "que|cuando|donde|quien|quienes|cual|cuales|cuanto|cuanta|cuantos|cuantas|adonde",
    "por que",
    "a que hora",
    "como esta|estan|puedo|hago|va|se|funciona",
    "puede|pueden|podria|podrian|tienen|tiene|hay|saben|sabe",
];
