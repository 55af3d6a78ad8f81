def handle(e, c):
    return {"batchItemFailures": []}
