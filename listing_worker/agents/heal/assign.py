"""The best one-to-one assignment of rows to columns (Hungarian method with potentials)."""

from __future__ import annotations

from collections.abc import Sequence

INFINITE = float("inf")


def assign(scores: Sequence[Sequence[float]]) -> list[int | None]:
    """For each row its column, so that the sum of scores is greatest; None for a row whose score would be 0.

    Every column serves one row at most. O(rows² · columns).
    """
    rows = len(scores)
    if rows == 0:
        return []
    real = len(scores[0])
    columns = real + rows  # one empty column per row, so that no row is forced to take anything
    best = max((value for row in scores for value in row), default=0.0)
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner = [0] * (columns + 1)  # column → row, both counted from 1
    for row in range(1, rows + 1):
        owner[0] = row
        least, came_from, done = [INFINITE] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        column = 0
        while True:
            done[column] = True
            current, step, next_column = owner[column], INFINITE, 0
            mine = scores[current - 1]
            for one in range(1, columns + 1):
                if done[one]:
                    continue
                value = mine[one - 1] if one <= real else 0.0
                cost = best - value - row_price[current] - column_price[one]
                if cost < least[one]:
                    least[one], came_from[one] = cost, column
                if least[one] < step:
                    step, next_column = least[one], one
            for one in range(columns + 1):
                if done[one]:
                    row_price[owner[one]] += step
                    column_price[one] -= step
                else:
                    least[one] -= step
            column = next_column
            if owner[column] == 0:
                break
        while column:
            before = came_from[column]
            owner[column] = owner[before]
            column = before
    found: list[int | None] = [None] * rows
    for column in range(1, real + 1):
        if owner[column] and scores[owner[column] - 1][column - 1] > 0:
            found[owner[column] - 1] = column - 1
    return found
