// A reader of the web API's JSON, as a program in TypeScript casts it: each needed value is a text,
// each other one a text or absent, ResultList an array of objects with one member.
import { readFileSync } from "node:fs";

const text = (of, name) => {
  const value = of[name];
  if (typeof value !== "string") throw new Error(`${name} is ${typeof value}`);
  return value;
};
const maybe = (of, name) => (of[name] === undefined ? undefined : text(of, name));
const day = (value) => {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(value);
  if (!found) throw new Error(`${value} is no day`);
  return `${found[1]}-${found[2]}-${found[3]}`;
};

const { XmlMsg } = JSON.parse(readFileSync(0, "utf-8"));
const header = XmlMsg.MessageHeader;
const body = XmlMsg.MessageBody;
for (const name of [
  "ProcessExecutionTime", "QualificationConfirmationDate", "MedicalInstitutionCode",
  "ReferenceClassification", "SegmentOfResult", "CharacterCodeIdentifier",
]) text(header, name);
const results = (body.ResultList ?? []).map((item) => {
  const result = item.ResultOfQualificationConfirmation;
  if (Object.keys(item).length !== 1) throw new Error("an item holds more than a result");
  return {
    card: text(result, "InsuredCardClassification"),
    insurer: maybe(result, "InsurerNumber"),
    name: text(result, "Name"),
    sex: { 1: "男", 2: "女", 3: "未設定" }[text(result, "Sex1")],
    birthdate: day(text(result, "Birthdate")),
    insurerName: text(result, "InsurerName"),
    ratio: maybe(result, "InsuredPartialContributionRatio"),
    order: Object.keys(result),
  };
});
process.stdout.write(
  JSON.stringify({ status: text(body, "ProcessingResultStatus"),
                   validity: maybe(body, "QualificationValidity"), results }),
);
