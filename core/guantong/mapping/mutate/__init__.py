"""Mutations: each rule changed in turn, to see whether some pair would notice."""

from guantong.mapping.mutate.changes import CHANGES
from guantong.mapping.mutate.judge import Judge, Verdict, idle, verdicts
from guantong.mapping.mutate.mutants import Mutant, mutants

__all__ = ["CHANGES", "Judge", "Mutant", "Verdict", "idle", "mutants", "verdicts"]
