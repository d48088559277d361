"""Name the two documents that most houses of the tests hold, and the question that the first of them answers."""

LEAVE = "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n"
SALARY = "# Salary bands\n\nBand E7 starts at 61,400 euros a year.\n"
ANSWER = "Employees in Kassel have 28 days of annual leave [1]."
QUESTION = "How many days of annual leave do employees in Kassel have?"
