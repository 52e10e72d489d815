"""What the demo company has to say of its people: their achievements, and two messages."""

# person, days ago, outside, consent, what, in two sentences
ACHIEVEMENTS = [
    (
        "rossi",
        300,
        True,
        "given",
        "Talk on cavitation at the Hamburg pump forum",
        "She showed how a flow meter hears a pump before it fails. The slides are open to all.",
    ),
    (
        "wu",
        210,
        False,
        "given",
        "Certified for explosion protection",
        "He passed the national examination for hazardous areas. He may now plan them with you.",
    ),
    (
        "keller",
        160,
        True,
        "given",
        "Elected to the committee for flow measurement",
        "He represents the users of small companies. Tell him what the next standard should say.",
    ),
    (
        "xu",
        120,
        False,
        "given",
        "500 calibrations without a complaint",
        "She wrote down how she does it. All our service engineers now work by her list.",
    ),
    (
        "zhao",
        75,
        True,
        "given",
        "Teaches measuring at the vocational school in Beijing",
        "Every Thursday evening, for free. Three of her pupils work in our service today.",
    ),
    (
        "wu",
        20,
        True,
        "given",
        "Article on brewery water in “Process Technology”",
        "He describes four breweries that save a third of their water. One of them is a customer.",
    ),
    (
        "xu",
        9,
        False,
        "given",
        "Training for ultrasonic meters completed",
        "Forty hours with the makers of the sensors. She can repair on site what used to be sent in.",
    ),
    (
        "rossi",
        6,
        False,
        "open",
        "Italian added to the service line",
        "Since this month customers in Italy are answered in their own language.",
    ),
    ("li", 500, False, "given", "Ten years of pump stations", "He knows the stations on the Yangtze by name."),
]
HIRING = [
    ("9 of 214 applicants", "were hired in the last twelve months: who serves you was chosen with care."),
    (
        "Half a day in the workshop",
        "Everybody who wants to sell our instruments first takes one apart, with our fitters.",
    ),
    ("A year of learning", "New colleagues visit customers in twos until they have seen one season."),
]
SCHOOLED = [
    (
        "Reading a data sheet",
        "Two hours with Martin Keller: what a maker promises, and what the small print takes back.",
    ),
    ("Working in confined spaces", "A day with the fire brigade, for everybody who enters a tank at a customer’s."),
]
