"""Find what a file holds and a reader does not see, take it out, and say that it was there.

characters  that nobody sees, told from typography, in any format (pure)
html        text that a page's styles do not show, in one way down its tree
html_rules  why a box or its text is not seen, a rule for each way of hiding (pure)
html_look  how text looks in an element: what it inherits, what is declared (pure)
html_layers  where something else than the background may lie behind text
css         which style a sheet gives to which element
css_declarations  what is declared: shorthands parted, invalid values dropped
css_conditions  whether @media and @supports hold (pure)
css_values  lengths, calculations, variables (pure)
docx        runs that are hidden, white or tiny
pdf         words that are invisible, in the colour of their ground, tiny or off the page
terminal    text that control sequences conceal (pure)
passage     what counts as text, and what is told of it (pure)
colour      what a colour's name means, and whether two can be told apart (pure)
"""
