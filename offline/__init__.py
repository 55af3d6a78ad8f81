"""Pulumi and AWS on a machine that can download neither: the engine, an AWS resource provider and an AWS emulator."""
