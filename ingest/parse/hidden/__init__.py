"""Find what a file holds and a reader does not see, take it out, and say that it was there.

characters  that nobody sees, told from typography, in any format (pure)
html        text that a page's styles do not show;  css  which style a sheet gives to which element
docx        runs that are hidden, white or tiny
pdf         words that are invisible, in the colour of their ground, tiny or off the page
terminal    text that control sequences conceal (pure)
passage     what counts as text, and what is told of it (pure)
colour      what a colour's name means, and whether two can be told apart (pure)
"""
